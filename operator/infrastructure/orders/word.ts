import type { NoAnswer } from '../../application/order/service-call.ts'
import { isObject } from '../../domain/json-object.ts'
import type { Reply } from '../../domain/reply.ts'

/** What a service itself has said, whether it is a yes or a no. */
export type Word =
  | { readonly kind: 'yes'; readonly status: number; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'no'; readonly status: number; readonly reason: string; readonly message: string }

type Refused = Extract<Word, { kind: 'no' }>

const LONGEST_REASON = 64
const LONGEST_TEXT = 300
/** Who we are, where the service has gone, or that it is busy: nothing was decided, and nothing done. */
const worldly: ReadonlySet<number> = new Set([401, 403, 407, 425, 429])

/**
 * What a reply says, where the service has said it. Only what it signs with a `reason` counts as its no: pages of proxies
 * and wrong addresses say 404, too. Whatever came of a call that has no proper answer is unknown.
 */
export function wordIn(reply: Reply, asked: string): Word | NoAnswer {
  if (reply.kind !== 'answered') return unheard(reply)
  const { status, text, retryAfterMs } = reply
  const reason = `${asked} is answered ${status}: ${shortened(text) || '(nothing)'}`
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status === 408 || status >= 500)
    return { kind: 'unknown', cause: status === 408 ? 'TimedOut' : 'ServerError', reason, ...wait }
  const fields = fieldsIn(text)
  if (status >= 200 && status < 300) return fields ? { kind: 'yes', status, fields } : unreadable(reason)
  const refusal = refusalIn(status, fields)
  return refusal ?? { kind: 'notSent', cause: `Http${status}`, reason, ...wait }
}

function refusalIn(status: number, fields: Readonly<Record<string, unknown>> | undefined): Refused | undefined {
  const { reason, detail } = fields ?? {}
  if (status < 400 || worldly.has(status) || !isWord(reason)) return undefined
  return { kind: 'no', status, reason, message: typeof detail === 'string' ? shortened(detail) : reason }
}

/** An answer that does not say what it would have to. */
export function unreadable(reason: string): NoAnswer {
  return { kind: 'unknown', cause: 'Unreadable', reason }
}

/** A no that is no answer to what was asked, so that it has to be asked again. */
export function undecided({ status, reason, message }: Refused, asked: string): NoAnswer {
  return { kind: 'notSent', cause: `Http${status}`, reason: `${asked} is answered ${status} ${reason}: ${message}` }
}

function unheard(reply: Exclude<Reply, { kind: 'answered' }>): NoAnswer {
  const { cause, reason, retryAfterMs } = reply
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (reply.kind === 'unsent') return { kind: 'notSent', cause, reason, ...wait }
  return { kind: 'unknown', cause: cause === 'Timeout' ? 'TimedOut' : 'Reset', reason, ...wait }
}

function fieldsIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return isObject(read) ? read : undefined
  } catch {
    return undefined // whoever needs fields says what it means that there are none
  }
}

/** Reasons become parts of statuses and of metrics. */
const isWord = (given: unknown): given is string =>
  typeof given === 'string' && given.length <= LONGEST_REASON && /^[A-Za-z][A-Za-z0-9_.-]*$/.test(given)

/** For people: one line, without what terminals and pages would obey. */
export function shortened(text: string): string {
  return text
    .slice(0, LONGEST_TEXT)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()
}
