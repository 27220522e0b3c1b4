import type { MayOf, Verdict } from '../../../application/gateway/access.ts'
import type { Caller } from '../../../application/gateway/caller.ts'
import { type Verdict as ReviewVerdict, selfReview, subjectReview } from '../access-review.ts'
import type { KubernetesClient } from '../client.ts'
import type { IdentityParts } from './identity-of.ts'
import { apiServerAway, LOOK_UP_TIMEOUT_MS, problemOf, problemOfOurOwn } from './unanswered.ts'
import { unauthorized } from './unauthorized.ts'

const GROUP = 'kbnt.io'

/** Asks the API server, with the caller's own token, whether whoever it is of may do something. */
export function mayOf({ callers, now }: IdentityParts): MayOf {
  return async ({ token }: Pick<Caller, 'token'>, right) => {
    const asked = { right: { ...right, group: GROUP }, timeoutMs: LOOK_UP_TIMEOUT_MS }
    const verdict = await selfReview(callers.as(token), asked).catch((error: unknown) => {
      throw problemOf(error, () => unauthorized(token, now()))
    })
    return told(verdict)
  }
}

/** Asks the API server, by our own account, whether a guest may do something. */
export function guestMayOf(client: Pick<KubernetesClient, 'call'>): MayOf {
  return async ({ user, groups, guest }, right) => {
    const asked = {
      right: { ...right, group: GROUP },
      timeoutMs: LOOK_UP_TIMEOUT_MS,
      subject: { user, groups, ...guest },
    }
    const verdict = await subjectReview(client, asked).catch((error: unknown) => {
      throw problemOfOurOwn(error, 'create subjectaccessreviews.authorization.k8s.io')
    })
    return told(verdict)
  }
}

function told(verdict: ReviewVerdict | undefined): Verdict {
  if (typeof verdict?.allowed !== 'boolean') throw apiServerAway('answers a review without a verdict')
  if (verdict.allowed) return { allowed: true }
  return { allowed: false, reason: [verdict.reason, verdict.evaluationError].filter(Boolean).join('; ') }
}
