/** What a token says of itself. Nobody has checked it: it may make an answer more helpful or shorten it, never widen it. */
export interface TokenFacts {
  /** Absent: it names none. */
  readonly issuer?: string
  /** In wall time; absent: it doesn't say, or is no JWT. */
  readonly expiresAtMs?: number
  readonly audiences: readonly string[]
}

const NOTHING: TokenFacts = { audiences: [] }
/** The last moment that a date can be made of. */
const LAST_MS = 8.64e15

export function tokenFacts(token: string): TokenFacts {
  const [, payload, signature, ...more] = token.split('.')
  if (payload === undefined || signature === undefined || more.length > 0) return NOTHING
  const { exp, aud, iss } = claimsIn(payload)
  const audiences = [aud].flat().filter((audience) => typeof audience === 'string')
  const expiresAtMs = typeof exp === 'number' ? exp * 1_000 : Number.NaN
  return {
    audiences,
    ...(typeof iss === 'string' && { issuer: iss }),
    ...(Math.abs(expiresAtMs) <= LAST_MS && { expiresAtMs }),
  }
}

function claimsIn(payload: string): { readonly exp?: unknown; readonly aud?: unknown; readonly iss?: unknown } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return typeof claims === 'object' && claims !== null ? claims : {}
  } catch {
    return {}
  }
}
