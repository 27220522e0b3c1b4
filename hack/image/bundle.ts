import { join } from 'node:path'
import { build } from 'esbuild'
import { projectDirectory } from '../testbed/places.ts'

/** CommonJS packages inside of the bundle ask for Node's own modules by `require`, which an ES module does not have. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

/** The operator with all its packages as one ES module, for Node 24. The same sources give the same bytes. */
export async function bundleOperator(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: projectDirectory,
    entryPoints: [join('operator', 'main.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifyWhitespace: true, // half the size to parse; names stay, so that stack traces can be read
    legalComments: 'none', // the licences are in /licenses
    banner: { js: REQUIRE },
    logLevel: 'error',
  })
  const [bundle] = outputFiles
  if (!bundle) throw new Error('esbuild gave no output')
  return bundle.contents
}
