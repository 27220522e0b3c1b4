import type { Away } from '../../application/flow/away.ts'
import type { Put } from '../../application/logs/log-index.ts'
import type { LogDocument } from '../../domain/logs/log-document.ts'
import type { Reply } from '../../domain/reply.ts'

/** What is said of one document. */
interface ItemAnswer {
  readonly status: number
  readonly error?: {
    readonly type?: string
    readonly reason?: string
    readonly caused_by?: { readonly reason?: string }
  }
}

/** A node reads a call as a whole, into its memory. */
const MOST_CALL_BYTES = 4 * 1024 * 1024
const LONGEST_REASON = 500
/** Faults of a document. */
const ofDocument: ReadonlySet<string> = new Set([
  'mapper_parsing_exception',
  'document_parsing_exception', // Elasticsearch 8
  'strict_dynamic_mapping_exception',
])
/** Of no document: the cluster may have no more shards, so the index of a new day can't be made. */
const OF_CLUSTER = 'validation_exception'

/** The body of a bulk call: `create` alone, so that nothing that is there is ever written over. */
export function bodyOf(documents: readonly LogDocument[]): string {
  return documents.map(linesOf).join('')
}

function linesOf({ index, id, source }: LogDocument): string {
  return `${JSON.stringify({ create: { _index: index, _id: id } })}\n${JSON.stringify(source)}\n`
}

/** In their order, each of so many bytes at most, or of one document. */
export function portionsOf(documents: readonly LogDocument[]): LogDocument[][] {
  const portions: LogDocument[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const document of documents) {
    const more = Buffer.byteLength(linesOf(document))
    if (bytes + more > MOST_CALL_BYTES) {
      portions.push([])
      bytes = 0
    }
    bytes += more
    portions.at(-1)?.push(document)
  }
  return portions
}

/** What is said of each document; none where the answer can't be read. */
export function itemsIn(text: string): readonly { readonly create?: ItemAnswer }[] {
  try {
    return (JSON.parse(text) as { items?: { create?: ItemAnswer }[] }).items ?? []
  } catch {
    return [] // cut short, or by somebody in between: of no document is anything known
  }
}

/** By the answer to one document of a call. 409: it was there already. */
export function putBy(name: string, item: { readonly create?: ItemAnswer } | undefined): Put {
  const { status, error } = item?.create ?? {}
  if (!Number.isInteger(status) || status === undefined)
    return away(name, { cause: 'NoAnswer', said: 'a call, and of one document nothing' })
  if (status === 200 || status === 201 || status === 409) return { kind: 'kept' }
  const reason = [error?.reason, error?.caused_by?.reason].filter((text) => text !== undefined).join(': ')
  const said = `${status} ${error?.type ?? ''}: ${reason}`.slice(0, LONGEST_REASON)
  if (status === 400 && isOfDocument(error?.type, reason)) return { kind: 'refused', reason: `${name} answers ${said}` }
  return away(name, { cause: `Http${status}`, said, certain: status !== 400 || error?.type === OF_CLUSTER })
}

/** Some words stand for documents and for the index alike. */
function isOfDocument(type = '', reason: string): boolean {
  const isOfWord = type === 'illegal_argument_exception' && /immense term|failed to parse|field name/.test(reason)
  return ofDocument.has(type) || isOfWord
}

/** By the answer to a call as a whole, or that there was none. */
export function awayBy(name: string, reply: Reply): Away {
  const { retryAfterMs } = reply
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (reply.kind !== 'answered')
    return { ...{ kind: 'away', certain: false, cause: reply.cause, reason: `${name}: ${reply.reason}` }, ...asked }
  const { status, text } = reply
  const said = `${status}: ${text.slice(0, LONGEST_REASON)}`
  return { ...away(name, { cause: `Http${status}`, said, certain: status === 401 || status === 429 }), ...asked }
}

interface Said {
  readonly cause: string
  readonly said: string
  readonly certain?: boolean
}

function away(name: string, { cause, said, certain = false }: Said): Away {
  return { kind: 'away', certain, cause, reason: `${name} answers ${said}` }
}
