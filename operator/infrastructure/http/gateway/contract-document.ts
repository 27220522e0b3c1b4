import { API_BASE } from '../../../domain/gateway/api-base.ts'

/** A parsed OpenAPI 3.1 document, as far as it is read here. */
export interface ContractDocument {
  readonly paths: Readonly<Record<string, object>>
}

/** One parameter of an operation: a single text, number or boolean. */
export interface ParameterContract {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly type: 'string' | 'integer' | 'boolean'
  /** What counts where it isn't given. */
  readonly fallback?: unknown
  /** Where its schema is in the document, as a JSON pointer. */
  readonly schema: string
}

export interface OperationContract {
  readonly operationId: string
  readonly method: Method
  /** With the base of the API: `/api/v1/reservations/{reservationId}`. */
  readonly path: string
  readonly parameters: readonly ParameterContract[]
  /** Absent: it takes none. */
  readonly body?: {
    readonly required: boolean
    readonly schema: string
    /** Absent: as much as of any other. */
    readonly mostBytes?: number
  }
}

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const
type Method = Uppercase<(typeof methods)[number]>

interface Reference {
  readonly $ref?: string
}
interface Group {
  readonly [name: string]: unknown
}
interface Found {
  readonly value: Group
  readonly pointer: string
}

/** Every operation of `document`. Throws for what this gateway could not keep: it would be promised and not done. */
export function operationsOf(document: ContractDocument): OperationContract[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods
      .filter((method) => method in item)
      .map((method) => operationAt(document, pointerTo('paths', path), path, method)),
  )
}

function operationAt(
  document: ContractDocument,
  item: string,
  path: string,
  method: (typeof methods)[number],
): OperationContract {
  const at = `${item}/${method}`
  const { operationId, requestBody } = find(document, at).value
  if (typeof operationId !== 'string') throw new Error(`${method} ${path} has no operationId`)
  const body = requestBody === undefined ? undefined : bodyAt(document, `${at}/requestBody`)
  return {
    operationId,
    method: method.toUpperCase() as Method,
    path: `${API_BASE}${path}`,
    parameters: [item, at].flatMap((holder) => parametersAt(document, holder)),
    ...(body && { body }),
  }
}

function parametersAt(document: ContractDocument, holder: string): ParameterContract[] {
  const { parameters = [] } = find(document, holder).value
  return (parameters as unknown[]).map((_, index) => parameterAt(document, `${holder}/parameters/${index}`))
}

function parameterAt(document: ContractDocument, at: string): ParameterContract {
  const { value, pointer } = find(document, at)
  const { name, in: place, required = false } = value as Group & { name: string; in: string; required?: boolean }
  const { type, default: fallback } = find(document, `${pointer}/schema`).value
  if (place !== 'path' && place !== 'query' && place !== 'header') throw new Error(`${name}: no parameters in ${place}`)
  if (type !== 'string' && type !== 'integer' && type !== 'boolean')
    throw new Error(`${name}: no parameters of ${type}`)
  return { name, in: place, required, type, schema: `${pointer}/schema`, ...(fallback !== undefined && { fallback }) }
}

function bodyAt(document: ContractDocument, at: string): NonNullable<OperationContract['body']> {
  const { value, pointer } = find(document, at)
  const types = Object.keys(value['content'] as object)
  // One type a route: what is checked by one schema must not be read by the rules of another.
  if (types.length !== 1 || types[0] !== 'application/json') throw new Error(`${at}: bodies are application/json alone`)
  const mostBytes = value['x-most-bytes']
  return {
    required: value['required'] === true,
    schema: `${pointer}${pointerTo('content', 'application/json')}/schema`,
    ...(typeof mostBytes === 'number' && { mostBytes }),
  }
}

/** What is at `pointer`, behind any number of references, and where that is. */
export function find(document: object, pointer: string): Found {
  let value: unknown = document
  for (const segment of pointer.split('/').slice(1)) {
    value = (value as Group | undefined)?.[segment.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  if (typeof value !== 'object' || value === null) throw new Error(`the contract has nothing at ${pointer}`)
  const { $ref } = value as Reference
  return $ref === undefined ? { value: value as Group, pointer } : find(document, $ref.replace(/^#/, ''))
}

/** A JSON pointer from the names on the way. */
export function pointerTo(...segments: readonly string[]): string {
  return segments.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
