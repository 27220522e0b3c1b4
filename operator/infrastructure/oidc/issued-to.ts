import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { Problem } from '../../application/gateway/answer.ts'
import type { Identity, IdentityOf } from '../../application/gateway/callers.ts'
import { issuedIdentity, type NameTerms } from '../../domain/gateway/issued-identity.ts'

export interface IssuerTerms extends NameTerms {
  readonly issuer: string
  readonly audience: string
  /** Never those of the token: who signs says nothing of what is good enough. */
  readonly algorithms: readonly string[]
}

export interface IssuedParts {
  readonly terms: IssuerTerms
  readonly keys: JWTVerifyGetKey
  /** Wall time in milliseconds. */
  readonly now: () => number
}

/** How far the clock of an issuer may be ahead of ours, for tokens to be taken that begin just now; none counts past its end. */
const CLOCK_TOLERANCE_SECONDS = 5
const RETRY_AFTER_SECONDS = 2
const MOST_SHOWN = 200

/** Checks a token by the keys of its issuer, and says whose it is. */
export function issuedTo({ terms, keys, now }: IssuedParts): IdentityOf {
  const { issuer, audience, algorithms } = terms
  return async (token) => {
    const options = {
      ...{ issuer, audience, algorithms: [...algorithms], requiredClaims: ['exp'] },
      ...{ clockTolerance: CLOCK_TOLERANCE_SECONDS, currentDate: new Date(now()) },
    }
    const { payload } = await jwtVerify(token, keys, options).catch((error: unknown) => {
      throw problemOf(error, terms)
    })
    const found = identity(payload, terms)
    if (found.expiresAtMs <= now()) throw ended() // the tolerance is for both ends of it, and keys may have been waited for
    return found
  }
}

function identity(payload: JWTPayload, terms: IssuerTerms): Identity & { readonly expiresAtMs: number } {
  const found = issuedIdentity(payload, terms)
  if (found.kind === 'refused') throw unauthorized(found.why)
  const { user, groups } = found
  return { user, groups, guest: {}, expiresAtMs: Number(payload.exp) * 1_000 }
}

/** What is wrong with the token itself; anything else is its issuer's fault, or lies between us and it. */
const codesOfToken: ReadonlySet<string> = new Set([
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWT_EXPIRED',
  'ERR_JWT_INVALID',
])

function problemOf(error: unknown, { issuer, audience }: IssuerTerms): Problem {
  if (error instanceof errors.JWTExpired) return ended()
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
    return unauthorized(`it is not for ${JSON.stringify(audience)}`)
  if (error instanceof errors.JOSEError && codesOfToken.has(error.code)) return unauthorized(error.message)
  const detail = `Who calls could not be found out: the keys of ${issuer} are not to be had`
  const away = new Problem('IssuerAway', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS })
  return Object.assign(away, { cause: error }) // which may name addresses: not for callers
}

function ended(): Problem {
  return unauthorized('it has ended: get a new one')
}

function unauthorized(why: string): Problem {
  return new Problem('Unauthorized', { detail: `The token is not taken: ${why.slice(0, MOST_SHOWN)}` })
}
