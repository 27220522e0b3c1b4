import { Problem } from './answer.ts'
import type { Caller } from './caller.ts'
import { strangers } from './look-up-gate.ts'
import { type Found, type RememberedParts, remembered } from './remembered.ts'

/** Whose a token is, as the API server or its issuer says. */
export type Identity = Omit<Caller, 'token' | 'tokenKey'>

/** Rejects with Problem Unauthorized where the token counts for nothing, with another Problem where it can't be told. */
export type IdentityOf = (token: string) => Promise<Identity>

export interface CallersParts extends RememberedParts {
  readonly identityOf: IdentityOf
  /** By which tokens are remembered: nothing can be found out from it, and no two tokens have the same. */
  readonly hash: (token: string) => string
}

export interface Callers {
  /**
   * Who calls, by what was found out at most 10 s ago; nothing that is remembered outlasts the token. Rejects with Problem
   * Unauthorized, or with one that says why it can't be told.
   */
  of(token: string): Promise<Caller>
  /** The API server has refused its token, or its name: it is looked up anew. */
  forget(caller: Pick<Caller, 'tokenKey'>): void
}

/** RFC 6750's b64token, and no longer than headers may be together. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/
const LONGEST_TOKEN = 16_384

export function callers({ identityOf, hash, ...parts }: CallersParts): Callers {
  const known = remembered<Caller | Problem>(parts)

  async function lookUp(token: string, tokenKey: string): Promise<Found<Caller | Problem>> {
    try {
      const answer = { ...(await identityOf(token)), token, tokenKey }
      return { answer, good: true, untilMs: answer.expiresAtMs }
    } catch (error) {
      if (!(error instanceof Problem) || error.reason !== 'Unauthorized') throw error
      return { answer: error, good: false }
    }
  }

  return {
    async of(token) {
      if (token.length > LONGEST_TOKEN || !TOKEN.test(token)) throw noToken()
      const key = hash(token)
      const on = known.wasGood(key) ? key : strangers
      const answer = await known.of({ key, on, lookUp: () => lookUp(token, key) })
      if (answer instanceof Problem) throw answer
      return answer
    },
    forget: ({ tokenKey }) => known.forget(tokenKey),
  }
}

function noToken(): Problem {
  return new Problem('Unauthorized', { detail: 'What stands behind "Authorization: Bearer" can be no token' })
}
