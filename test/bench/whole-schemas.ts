import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectDirectory } from '../../hack/testbed/places.ts'
import {
  type ContractDocument,
  find,
  operationsOf,
} from '../../operator/infrastructure/http/gateway/contract-document.ts'

/** The schemas of an operation's parameters as Fastify takes them: by place, each whole in itself. */
export function wholeSchemasOf(operationId: string): Readonly<Record<'params' | 'querystring' | 'headers', object>> {
  const document = parse(readFileSync(join(projectDirectory, 'config/openapi.yaml'), 'utf8')) as ContractDocument
  const operation = operationsOf(document).find((one) => one.operationId === operationId)
  if (!operation) throw new Error(`the contract has no ${operationId}`)
  const inPlace = (place: string) => {
    const here = operation.parameters.filter((parameter) => parameter.in === place)
    const properties = Object.fromEntries(here.map(({ name, schema }) => [name, schemaAt(document, schema)]))
    return { type: 'object', properties, required: here.filter(({ required }) => required).map(({ name }) => name) }
  }
  return { params: inPlace('path'), querystring: inPlace('query'), headers: inPlace('header') }
}

/** Without words that only people and our own checks read. */
function schemaAt(document: ContractDocument, pointer: string): object {
  const { 'x-is': _, ...schema } = find(document, pointer).value
  return schema
}
