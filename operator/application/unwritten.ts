import { type Outcome, recheckAfter, settled } from './outcome.ts'

/** Why a write of an object was not done, or is not known to be; only `unknown` leaves it open. `cause`: a word to count by. */
export type Unwritten =
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'notApplied'; readonly retryAfterMs: number; readonly reason?: string; readonly cause?: string }
  | { readonly kind: 'refused'; readonly reason: string }

/** What says nothing of the object, and is over in a moment. */
const passing: ReadonlySet<string> = new Set(['NoAnswer', 'TooManyRequests'])

/** The words of whoever does not allow it: a policy, a webhook, missing rights, the schema; undefined: it was not that. */
export function denialOf(result: Unwritten): string | undefined {
  if (result.kind === 'refused') return result.reason
  if (result.kind !== 'notApplied' || passing.has(result.cause ?? 'NoAnswer')) return undefined
  return result.reason ?? result.cause
}

/**
 * When to look again at an object that was not written. Throws what may be over at the next try, and what somebody does
 * not allow: whoever tries it again then does so ever more seldom, and says so. `what`: the object; `did`: with what.
 */
export function afterUnwritten(result: Unwritten, what: string, did = 'written'): Outcome {
  const reason = result.kind === 'unknown' ? result.reason : denialOf(result)
  if (reason !== undefined) throw new Error(`${what} could not be ${did}: ${reason}`)
  // else the watch brings what is newer, and with it another look
  return result.kind === 'notApplied' ? recheckAfter(result.retryAfterMs) : settled
}
