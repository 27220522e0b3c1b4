import type { Reply } from '../reply.ts'
import type { Call } from './call.ts'
import { fieldsOf } from './integration-event.ts'

/** What a reply means. `maybeTaken`: it may have had its effect all the same. */
export type Verdict =
  | { readonly kind: 'taken'; readonly externalId?: string }
  /** Of a look-up: it was never taken. */
  | { readonly kind: 'unheard' }
  /** The world's fault; `certain` = this message can't be why. */
  | {
      readonly kind: 'away'
      readonly certain: boolean
      readonly maybeTaken: boolean
      readonly cause: string
      readonly reason: string
      readonly retryAfterMs?: number
    }
  /** The message's fault. */
  | { readonly kind: 'refused'; readonly cause: string; readonly reason: string }

/** Its ids are kept and become parts of addresses. */
const LONGEST_EXTERNAL_ID = 200
const LONGEST_QUOTE = 200
/** With these the other side says that it is busy, out of order or closed to us, most often whatever it was asked. */
const passing: ReadonlySet<number> = new Set([403, 408, 425, 429])

export function verdictOn(call: Call, reply: Reply): Verdict {
  if (reply.kind !== 'answered')
    return { ...reply, kind: 'away', certain: reply.kind === 'unsent', maybeTaken: reply.kind === 'lost' }
  const { status, text, retryAfterMs } = reply
  const reason = `${call.method} ${call.path} is answered ${status}: ${quoteOf(text)}`
  const cause = `Http${status}`
  if (isUnheard(call, reply)) return { kind: 'unheard' }
  if (isTaken(call, status)) return { kind: 'taken', ...externalIdIn(text) }
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (isWorldly(status)) return { kind: 'away', certain: true, maybeTaken: false, cause, reason, ...asked }
  if (!passing.has(status) && status < 500) return { kind: 'refused', cause, reason }
  return { kind: 'away', certain: false, maybeTaken: isDoubtful(status, retryAfterMs), cause, reason, ...asked }
}

function isUnheard({ method }: Call, { status, text }: Extract<Reply, { kind: 'answered' }>): boolean {
  return method === 'GET' && (status === 404 || (status === 200 && isNothing(text)))
}

/** What is to be deleted and is not there is deleted. */
function isTaken({ method }: Call, status: number): boolean {
  return (status >= 200 && status < 300) || (method === 'DELETE' && (status === 404 || status === 410))
}

/** Who we are, or where the other side has gone: no message changes that. Redirects are not followed. 403 may be about this one alone. */
const isWorldly = (status: number) => status === 401 || status === 407 || status < 400

/** Whoever stands before the other side says 5xx for it as well. Who says when to come again has done nothing. */
const isDoubtful = (status: number, retryAfterMs: number | undefined) =>
  status === 408 || (status >= 500 && !(status === 503 && retryAfterMs !== undefined))

/** Numbers, too: ids of many sides are. */
function externalIdIn(text: string): { readonly externalId?: string } {
  const given = externalIdOf(text)
  const externalId = typeof given === 'number' && Number.isSafeInteger(given) ? String(given) : given
  const isSound =
    typeof externalId === 'string' && externalId.length <= LONGEST_EXTERNAL_ID && /^[\x21-\x7e]+$/.test(externalId)
  return isSound ? { externalId } : {}
}

function externalIdOf(text: string): unknown {
  const content = contentOf(text)
  const only = Array.isArray(content) && content.length === 1 ? content[0] : content // a search finds lists
  return fieldsOf(only)['externalId']
}

/** A search that has found nothing: many sides look up by one. */
function isNothing(text: string): boolean {
  const content = contentOf(text)
  return content === null || (Array.isArray(content) && content.length === 0)
}

function contentOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // an answer without ids may be anything
  }
}

const quoteOf = (text: string) =>
  text
    .slice(0, LONGEST_QUOTE)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim() || '(nothing)'
