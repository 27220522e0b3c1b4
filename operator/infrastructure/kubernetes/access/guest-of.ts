import { Problem } from '../../../application/gateway/answer.ts'
import type { Identity } from '../../../application/gateway/callers.ts'
import type { KubernetesClient } from '../client.ts'
import { namespaceOfAccount } from './identity-of.ts'
import { tokenFacts } from './token-facts.ts'
import { apiServerAway, LOOK_UP_TIMEOUT_MS, problemOfOurOwn } from './unanswered.ts'
import { unknownGuest } from './unauthorized.ts'

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean
    readonly audiences?: readonly string[]
    readonly user?: {
      readonly username?: string
      readonly uid?: string
      readonly groups?: readonly string[]
      readonly extra?: Readonly<Record<string, readonly string[]>>
    }
  }
}

export interface GuestParts {
  /** Of our own account: the token is what it asks about, and never what it calls with. */
  readonly client: Pick<KubernetesClient, 'call'>
  readonly audience: string
  /** Wall time in milliseconds. */
  readonly now: () => number
}

/** Asks the API server whose a token for this gateway alone is. */
export function guestOf({ client, audience, now }: GuestParts): (token: string) => Promise<Identity> {
  const review = (token: string) => ({
    ...({ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', resource: 'tokenreviews' } as const),
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: [audience] } },
    timeoutMs: LOOK_UP_TIMEOUT_MS,
  })
  return async (token) => {
    const { body } = await client.call<TokenReview | undefined>(review(token)).catch((error: unknown) => {
      throw problemOfOurOwn(error, 'create tokenreviews.authentication.k8s.io')
    })
    const { status } = body ?? {}
    if (status === undefined) throw apiServerAway('answers a review without a verdict')
    if (status.authenticated !== true) throw unknownGuest(token, now())
    // Who checks tokens without looking at audiences says nothing here: then any token of anybody would do.
    if (!status.audiences?.includes(audience)) throw notForUs(audience)
    return identity(status.user, token)
  }
}

function identity(user: NonNullable<TokenReview['status']>['user'], token: string): Identity {
  const { username, groups = [], uid, extra } = user ?? {}
  if (!username) throw apiServerAway('answers a review without a name')
  const namespace = namespaceOfAccount(username)
  const { expiresAtMs } = tokenFacts(token)
  return {
    ...{ user: username, groups },
    guest: { ...(uid && { uid }), ...(extra && { extra }) },
    ...(namespace !== undefined && { namespace }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  }
}

function notForUs(audience: string): Problem {
  const detail = `The API server does not say that the token is for ${JSON.stringify(audience)}`
  return new Problem('Unauthorized', { detail })
}
