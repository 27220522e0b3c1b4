import { Problem } from '../../../application/gateway/answer.ts'
import { ApiError } from '../api-error.ts'

/**
 * A look-up that can't wait any longer is no use to whoever waits for its answer. It ends before those who wait give it
 * up, so that it doesn't run on for nobody.
 */
export const LOOK_UP_TIMEOUT_MS = 4_000

const RETRY_AFTER_SECONDS = 2

/** The API server gave no answer, or one that says nothing. */
export function apiServerAway(why: string, retryAfterSeconds = RETRY_AFTER_SECONDS): Problem {
  return new Problem('ApiServerAway', { detail: `The API server could not be asked: ${why}`, retryAfterSeconds })
}

/** What a failed look-up is to the one who calls. A token that counts for nothing is `unauthorized`'s to explain. */
export function problemOf(error: unknown, unauthorized: () => Problem): Problem {
  if (!(error instanceof ApiError)) return apiServerAway(error instanceof Error ? error.message : String(error))
  if (error.status === 401) return unauthorized()
  if (error.status === 403) return new Problem('Forbidden', { detail: error.message }) // not even to ask
  const { retryAfterMs } = error
  return apiServerAway(error.message, retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1_000))
}
