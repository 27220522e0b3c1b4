import type { MayOf } from '../../../application/gateway/access.ts'
import { selfReview } from '../access-review.ts'
import type { IdentityParts } from './identity-of.ts'
import { apiServerAway, LOOK_UP_TIMEOUT_MS, problemOf } from './unanswered.ts'
import { unauthorized } from './unauthorized.ts'

const GROUP = 'kbnt.io'

/** Asks the API server, with the token itself, whether whoever it is of may do something. */
export function mayOf({ callers, now }: IdentityParts): MayOf {
  return async (token, right) => {
    const asked = { right: { ...right, group: GROUP }, timeoutMs: LOOK_UP_TIMEOUT_MS }
    const verdict = await selfReview(callers.as(token), asked).catch((error: unknown) => {
      throw problemOf(error, () => unauthorized(token, now()))
    })
    if (typeof verdict?.allowed !== 'boolean') throw apiServerAway('answers a review without a verdict')
    if (verdict.allowed) return { allowed: true }
    return { allowed: false, reason: [verdict.reason, verdict.evaluationError].filter(Boolean).join('; ') }
  }
}
