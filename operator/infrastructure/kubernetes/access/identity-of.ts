import type { Identity, IdentityOf } from '../../../application/gateway/callers.ts'
import type { CallerClient } from '../caller-client.ts'
import { tokenFacts } from './token-facts.ts'
import { apiServerAway, LOOK_UP_TIMEOUT_MS, problemOf } from './unanswered.ts'
import { unauthorized } from './unauthorized.ts'

interface SelfReview {
  readonly status?: { readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] } }
}

export interface IdentityParts {
  readonly callers: Pick<CallerClient, 'as'>
  /** Wall time in milliseconds. */
  readonly now: () => number
}

const REVIEW = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  resource: 'selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  timeoutMs: LOOK_UP_TIMEOUT_MS,
} as const

/** What the API server calls those whose credentials it has not looked at. */
const ANONYMOUS = 'system:anonymous'
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/

/** Asks the API server, with the token itself, whose it is. */
export function identityOf({ callers, now }: IdentityParts): IdentityOf {
  return async (token) => {
    const { body } = await callers
      .as(token)
      .call<SelfReview | undefined>(REVIEW)
      .catch((error: unknown) => {
        throw problemOf(error, () => unauthorized(token, now()))
      })
    const { username, groups = [] } = body?.status?.userInfo ?? {}
    if (!username) throw apiServerAway('answers a review without a name')
    // Something on the way to it has taken the token off: then all tokens are as good as none.
    if (username === ANONYMOUS) throw unauthorized(token, now())
    return identity(username, groups, token)
  }
}

/** Undefined: the user is no ServiceAccount. */
export function namespaceOfAccount(user: string): string | undefined {
  return SERVICE_ACCOUNT.exec(user)?.[1]
}

function identity(user: string, groups: readonly string[], token: string): Identity {
  const namespace = namespaceOfAccount(user)
  const { expiresAtMs } = tokenFacts(token)
  return {
    ...{ user, groups },
    ...(namespace === undefined ? {} : { namespace }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  }
}
