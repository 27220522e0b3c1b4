import { type Answer, Problem } from './answer.ts'
import type { Call } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { Written } from './objects.ts'

const LEADER_SECONDS = 5

/** Before anything is written: what nobody decides about must not lie about. Throws a Problem where nobody leads. */
export async function mustBeLed(world: Pick<GatewayWorld, 'untilLed'>, { over }: Pick<Call, 'over'>): Promise<void> {
  const nobody = await world.untilLed(over)
  if (nobody !== undefined) throw new Problem('NobodyLeads', { detail: nobody, retryAfterSeconds: LEADER_SECONDS })
}

/** Why nothing was stored. Stale: somebody else's object was in the way, such as a quota that several use up at once. */
export function notCreated({ kind, reason }: Extract<Written<unknown>, { kind: 'gone' | 'stale' }>): Problem {
  return kind === 'gone'
    ? new Problem('NotFound', { detail: reason })
    : new Problem('Conflict', { detail: `${reason}; send it again` })
}

/** To a call that was made before. */
export function asReplay(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'Idempotent-Replayed': 'true' } }
}
