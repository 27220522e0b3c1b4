/** Writes the TypeScript types of the gateway's objects from their schemas in config/openapi.yaml. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript'
import { parse } from 'yaml'
import { projectDirectory } from './testbed/places.ts'

const source = 'config/openapi.yaml'
const target = join(projectDirectory, 'operator/application/gateway/generated/contract.ts')

const { openapi, info, components } = parse(await readFile(join(projectDirectory, source), 'utf8'))
const schemasOnly: OpenAPI3 = { openapi, info, paths: {}, components: { schemas: components.schemas } }
const types = await openapiTS(schemasOnly, {
  immutable: true,
  rootTypes: true,
  rootTypesNoSchemaPrefix: true,
  alphabetize: false,
})

await mkdir(dirname(target), { recursive: true })
await writeFile(target, `// Generated from ${source} by \`npm run generate\`; do not edit.\n\n${astToString(types)}`)
