import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectDirectory } from '../../hack/testbed/places.ts'
import { type ContractDocument, operationsOf } from '../../operator/infrastructure/http/gateway/contract-document.ts'

/** The schemas of an operation's parameters as Fastify takes them: by place, each whole in itself. */
export function wholeSchemasOf(operationId: string): Readonly<Record<'params' | 'querystring' | 'headers', object>> {
  const document = parse(readFileSync(join(projectDirectory, 'config/openapi.yaml'), 'utf8')) as ContractDocument
  const operation = operationsOf(document).find((one) => one.operationId === operationId)
  if (!operation) throw new Error(`the contract has no ${operationId}`)
  const inPlace = (place: string) => {
    const here = operation.parameters.filter((parameter) => parameter.in === place)
    const properties = Object.fromEntries(here.map(({ name, schema }) => [name, withoutReferences(document, schema)]))
    return { type: 'object', properties, required: here.filter(({ required }) => required).map(({ name }) => name) }
  }
  return { params: inPlace('path'), querystring: inPlace('query'), headers: inPlace('header') }
}

/** What is at a JSON pointer, without words that only people and our own checks read. */
function withoutReferences(document: object, pointer: string): object {
  let value: unknown = document
  for (const name of pointer.split('/').slice(1)) value = (value as Readonly<Record<string, unknown>>)[unescaped(name)]
  const { $ref, 'x-is': _, ...schema } = value as { $ref?: string; 'x-is'?: string }
  return $ref === undefined ? schema : withoutReferences(document, $ref)
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}
