import { join } from 'node:path'
import { projectDirectory } from '../testbed/places.ts'
import { mustRun } from '../testbed/run-program.ts'

type Json = Readonly<Record<string, unknown>>

interface ValuesSchema extends Json {
  readonly properties: Readonly<Record<string, Json>>
}

/**
 * The schema of a chart's values, as text, in which `settings` is what the operator itself checks at its start:
 * helm then refuses what would only end its pods.
 */
export async function valuesSchemaText(schema: ValuesSchema, settings: Json): Promise<string> {
  const { $schema, $id, title, ...rules } = asDraft7(settings) as Json
  const description = schema.properties['settings']?.['description'] ?? rules['description']
  const properties = { ...schema.properties, settings: { ...rules, description } }
  return formatted(JSON.stringify({ ...schema, properties }, undefined, 2))
}

/** Helm before 3.18 knows no later draft, and would read over the one word that has another name there. */
function asDraft7(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(asDraft7)
  return Object.fromEntries(
    Object.entries(schema).map(([word, value]) => [
      word === 'dependentRequired' ? 'dependencies' : word,
      asDraft7(value),
    ]),
  )
}

/** As the linter wants it. */
async function formatted(json: string): Promise<string> {
  const { stdout } = await mustRun({
    command: join(projectDirectory, 'node_modules/.bin/biome'),
    arguments: ['format', '--stdin-file-path', 'values.schema.json'],
    directory: projectDirectory,
    input: json,
  })
  return stdout
}
