import { Problem } from '../../../application/gateway/answer.ts'
import { tokenFacts } from './token-facts.ts'

const MOST_SHOWN = 100

/** Why the API server may have refused the token: as much as the token tells of itself. */
export function unauthorized(token: string, nowMs: number): Problem {
  const { expiresAtMs, audiences } = tokenFacts(token)
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return ended(expiresAtMs)
  if (audiences.length === 0)
    return new Problem('Unauthorized', {
      detail: 'The API server does not know the token: it was revoked, or is of another cluster',
    })
  const named = JSON.stringify(audiences.join(', ').slice(0, MOST_SHOWN))
  return new Problem('Unauthorized', {
    detail: `The API server does not take the token: its audience ${named} is none of the API server's, or it was revoked, or is of another cluster`,
  })
}

/** Why the API server may have said that a token for this gateway alone is nobody's. */
export function unknownGuest(token: string, nowMs: number): Problem {
  const { expiresAtMs } = tokenFacts(token)
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return ended(expiresAtMs)
  return new Problem('Unauthorized', {
    detail: 'The API server knows nobody with this token for the gateway: it was revoked, or is of another cluster',
  })
}

function ended(expiresAtMs: number): Problem {
  const at = new Date(expiresAtMs).toISOString().replace('.000Z', 'Z')
  return new Problem('Unauthorized', { detail: `The token ended at ${at}: get a new one` })
}
