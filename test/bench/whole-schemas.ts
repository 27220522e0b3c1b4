import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectDirectory } from '../../hack/testbed/places.ts'
import {
  type ContractDocument,
  find,
  type OperationContract,
  operationsOf,
} from '../../operator/infrastructure/http/gateway/contract-document.ts'

/** An operation as Fastify takes it. */
export interface WholeOperation extends Pick<OperationContract, 'method' | 'path'> {
  /** By place, each whole in itself; no body where it takes none. */
  readonly schema: Readonly<Record<'params' | 'querystring' | 'headers', object>> & { readonly body?: object }
}

export function wholeOperation(operationId: string): WholeOperation {
  const document = parse(readFileSync(join(projectDirectory, 'config/openapi.yaml'), 'utf8')) as ContractDocument
  const operation = operationsOf(document).find((one) => one.operationId === operationId)
  if (!operation) throw new Error(`the contract has no ${operationId}`)
  const { method, path, parameters, body } = operation
  const inPlace = (place: string) => {
    const here = parameters.filter((parameter) => parameter.in === place)
    const properties = Object.fromEntries(here.map(({ name, schema }) => [name, wholeAt(document, schema)]))
    return { type: 'object', properties, required: here.filter(({ required }) => required).map(({ name }) => name) }
  }
  return {
    ...{ method, path: path.replaceAll(/\{(\w+)\}/g, ':$1') },
    schema: {
      ...{ params: inPlace('path'), querystring: inPlace('query'), headers: inPlace('header') },
      ...(body && { body: wholeAt(document, body.schema) as object }),
    },
  }
}

function wholeAt(document: ContractDocument, pointer: string): unknown {
  return whole(document, find(document, pointer).value)
}

/** Without references, and without words that only people and our own checks read. */
function whole(document: ContractDocument, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => whole(document, one))
  if (typeof value !== 'object' || value === null) return value
  const { $ref } = value as { readonly $ref?: string }
  if ($ref !== undefined) return wholeAt(document, $ref.replace(/^#/, ''))
  const kept = Object.entries(value).filter(([name]) => !name.startsWith('x-'))
  return Object.fromEntries(kept.map(([name, one]) => [name, whole(document, one)]))
}
