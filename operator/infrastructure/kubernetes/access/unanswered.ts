import { Problem } from '../../../application/gateway/answer.ts'
import { ApiError } from '../api-error.ts'

/**
 * A look-up that can't wait any longer is no use to whoever waits for its answer. It ends before those who wait give it
 * up, so that it doesn't run on for nobody.
 */
export const LOOK_UP_TIMEOUT_MS = 4_000

const RETRY_AFTER_SECONDS = 2

/** The API server gave no answer, or one that says nothing. Those who call learn no addresses from it: logs have `cause`. */
export function apiServerAway(how: string, retryAfterSeconds = RETRY_AFTER_SECONDS, cause?: unknown): Problem {
  const detail = `Who calls and what they may could not be looked up: the API server ${how}`
  return Object.assign(new Problem('ApiServerAway', { detail, retryAfterSeconds }), { cause })
}

/** What a failed look-up is to the one who calls. A token that counts for nothing is `unauthorized`'s to explain. */
export function problemOf(error: unknown, unauthorized: () => Problem): Problem {
  if (!(error instanceof ApiError)) return apiServerAway('gives no answer', undefined, error)
  const { status, reason, message, retryAfterMs } = error
  if (status === 401) return unauthorized()
  // Not even to ask. Without the reason it is something on the way that says so, which will pass.
  if (status === 403 && reason === 'Forbidden') return new Problem('Forbidden', { detail: message })
  const seconds = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1_000)
  return apiServerAway(`answers with HTTP ${status}`, seconds, error)
}

/** The same of a question that we ask by our own account: what is refused then is no fault of whoever calls. */
export function problemOfOurOwn(error: unknown, right: string): Problem {
  const isRefusal = error instanceof ApiError && [401, 403].includes(error.status)
  return isRefusal
    ? apiServerAway(`does not let this gateway's own account ask, which needs the right to ${right}`, undefined, error)
    : problemOf(error, () => apiServerAway('gives no answer', undefined, error))
}
