/**
 * Writes the TypeScript types of our kinds from the schemas in crds/. The same input gives the same text, so that
 * generated files can be checked in and compared.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

/** The part of `JSONSchemaProps` that our CRDs use. */
interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
}

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly name: string
      readonly storage: boolean
      readonly schema: { readonly openAPIV3Schema: Schema }
    }[]
  }
}

const lineWidth = 120

/** The source text of one kind's types; throws on a schema that uses what the generator does not know. */
export function typesOfKind(source: string, text: string): string {
  const { spec } = parse(text) as CustomResourceDefinition
  const version = spec.versions.find((candidate) => candidate.storage)
  if (!version) throw new Error(`${source}: no version is stored`)
  const interfaces: string[] = []
  writeInterface(spec.names.kind, version.schema.openAPIV3Schema, interfaces)
  return [
    `// Generated from ${source} by \`npm run generate\`; do not edit.`,
    '// The types are of stored objects: a field with a default in the schema is always there.',
    '',
    "import type { ObjectMetadata } from '../../kubernetes-object.ts'",
    '',
    interfaces.join('\n\n'),
    '',
  ].join('\n')
}

/** Appends the interface `name` and, after it, those of the objects in it. */
function writeInterface(name: string, schema: Schema, interfaces: string[]): void {
  const at = interfaces.push('') - 1
  const required = new Set(schema.required)
  const fields = Object.entries(schema.properties ?? {}).map(([field, property]) => {
    const always = required.has(field) || property.default !== undefined || field === 'metadata'
    const type = field === 'metadata' ? 'ObjectMetadata' : typeOf(`${name}${capitalised(field)}`, property, interfaces)
    return `${comment(property.description, '  ')}  readonly ${field}${always ? '' : '?'}: ${type}`
  })
  interfaces[at] = `${comment(schema.description, '')}export interface ${name} {\n${fields.join('\n')}\n}`
}

function typeOf(name: string, schema: Schema, interfaces: string[]): string {
  switch (schema.type) {
    case 'string':
      return schema.enum ? schema.enum.map((value) => `'${value}'`).join(' | ') : 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'array':
      return arrayOf(typeOf(singular(name), known(schema.items, name), interfaces))
    case 'object':
      if (!schema.properties) {
        return `Readonly<Record<string, ${typeOf(name, known(schema.additionalProperties, name), interfaces)}>>`
      }
      writeInterface(name, schema, interfaces)
      return name
  }
}

function known(schema: Schema | undefined, name: string): Schema {
  if (!schema) throw new Error(`${name}: a list needs items, an object properties or additionalProperties`)
  return schema
}

function arrayOf(type: string): string {
  return type.includes('|') ? `readonly (${type})[]` : `readonly ${type}[]`
}

function comment(text: string | undefined, indent: string): string {
  if (!text) return ''
  const oneLine = `${indent}/** ${text} */`
  if (oneLine.length <= lineWidth) return `${oneLine}\n`
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? ''
    if (indent.length + 3 + line.length + 1 + word.length > lineWidth) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function singular(name: string): string {
  return name.endsWith('s') && !name.endsWith('ss') ? name.slice(0, -1) : name
}

function fileName(kind: string): string {
  return `${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.ts`
}

async function generate(sourceFolder: string, targetFolder: string): Promise<void> {
  await mkdir(targetFolder, { recursive: true })
  const sources = (await readdir(sourceFolder)).filter((name) => name.endsWith('.yaml')).sort()
  for (const source of sources) {
    const text = await readFile(join(sourceFolder, source), 'utf8')
    const { kind } = (parse(text) as CustomResourceDefinition).spec.names
    await writeFile(join(targetFolder, fileName(kind)), typesOfKind(`crds/${source}`, text))
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  await generate(join(root, 'crds'), join(root, 'operator/infrastructure/kubernetes/resources/generated'))
}
