import { Problem } from '../../../application/gateway/answer.ts'
import { tokenFacts } from './token-facts.ts'

const MOST_SHOWN = 100

/** Why the API server may have refused the token: as much as the token tells of itself. */
export function unauthorized(token: string, nowMs: number): Problem {
  const { expiresAtMs, audiences } = tokenFacts(token)
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
    const ended = new Date(expiresAtMs).toISOString().replace('.000Z', 'Z')
    return new Problem('Unauthorized', { detail: `The token ended at ${ended}: get a new one` })
  }
  if (audiences.length === 0)
    return new Problem('Unauthorized', {
      detail: 'The API server does not know the token: it was revoked, or is of another cluster',
    })
  const named = JSON.stringify(audiences.join(', ').slice(0, MOST_SHOWN))
  return new Problem('Unauthorized', {
    detail: `The API server does not take the token: its audience ${named} is none of the API server's, or it was revoked, or is of another cluster`,
  })
}
