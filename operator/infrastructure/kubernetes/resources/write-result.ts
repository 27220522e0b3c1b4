import { ApiError, isNotFound, UnknownOutcomeError } from '../api-error.ts'

/** What a failed write means, in the words of the ports; `found` = there is no such object any more. */
export type Failure =
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown'; readonly reason: string; readonly cause: string }
  | { readonly kind: 'notApplied'; readonly reason: string; readonly cause: string; readonly retryAfterMs: number }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly reason: string }

const RETRY_MS = 1_000

/**
 * Sorts a failed write by what it says of the object. 429, 401 and 403 come before the write is tried; of a time-out, a
 * reset or a 5xx nobody knows.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof UnknownOutcomeError && !error.sent)
    return { kind: 'notApplied', reason: error.message, cause: 'NoAnswer', retryAfterMs: RETRY_MS / 4 }
  if (!(error instanceof ApiError))
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error), cause: 'NoAnswer' }
  const { status, message, retryAfterMs = RETRY_MS } = error
  const cause = error.reason || 'NoAnswer'
  switch (status) {
    case 404:
      return isNotFound(error) ? { kind: 'gone' } : { kind: 'notApplied', reason: message, cause, retryAfterMs }
    case 409:
      return { kind: 'conflict' }
    case 413:
      return { kind: 'tooLarge' }
    case 401:
    case 403:
    case 429:
      return { kind: 'notApplied', reason: message, cause, retryAfterMs }
    default:
      return status >= 500 ? { kind: 'unknown', reason: message, cause } : { kind: 'refused', reason: message }
  }
}
