import { type Outcome, recheckAfter, settled } from './outcome.ts'

/** Why a write of an object was not done, or is not known to be; only `unknown` leaves it open. */
export type Unwritten =
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'notApplied'; readonly retryAfterMs: number }
  | { readonly kind: 'refused'; readonly reason: string }

/** When to look again at an object whose status was not written. Throws what may be over at the next try; `what`: of what it is. */
export function afterUnwritten(result: Unwritten, what: string): Outcome {
  switch (result.kind) {
    case 'conflict':
    case 'gone':
      return settled // the watch brings what is newer, and with it another look
    case 'notApplied':
      return recheckAfter(result.retryAfterMs)
    case 'unknown':
    case 'refused':
      throw new Error(`the status of ${what} could not be written: ${result.reason}`)
  }
}
