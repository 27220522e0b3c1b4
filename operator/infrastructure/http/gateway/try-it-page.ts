import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PublicFile } from './public-files.ts'

/** Swagger UI draws its arrows from `data:`; besides that nothing is loaded or sent but from and to this gateway. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>KBNT gateway: try the API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"><noscript>This page needs JavaScript. The same is in <a href="openapi.json">openapi.json</a>.</noscript></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/page.js"></script>
  </body>
</html>
`

/** The token lives in the page's memory alone, and is gone with it. */
const script = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  queryConfigEnabled: false,
  validatorUrl: null,
})
`

/** A page to try the API, with what it loads. `library`: where the package swagger-ui-dist is. Throws when it isn't there. */
export function tryItPage(library: string): PublicFile[] {
  const javascript = 'text/javascript; charset=utf-8'
  const ofLibrary = (name: string) => ({ path: `/docs/${name}`, content: readFileSync(join(library, name)) })
  return [
    { path: '/docs', type: 'text/html; charset=utf-8', content: page, policy },
    { path: '/docs/page.js', type: javascript, content: script },
    { ...ofLibrary('swagger-ui-bundle.js'), type: javascript },
    { ...ofLibrary('swagger-ui.css'), type: 'text/css; charset=utf-8' },
  ]
}
