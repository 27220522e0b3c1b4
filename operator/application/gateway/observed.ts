import { type Clock, msBetween } from '../clock.ts'
import { Problem } from './answer.ts'
import type { Operation } from './call.ts'

/** What became of an order: `unknown` is also told of one that nobody has decided yet. */
export type DecisionOutcome = 'reserved' | 'confirmed' | 'waiting' | 'unknown' | 'refused' | 'failed'

export interface DecisionObserver {
  decided(outcome: DecisionOutcome, seconds: number): void
}

const orders = ['reserveStock', 'createReservation'] as const

/** The same operations; what becomes of orders is told. */
export function observed(
  operations: Readonly<Record<string, Operation>>,
  { clock, observer }: { readonly clock: Pick<Clock, 'tick'>; readonly observer: DecisionObserver },
): Readonly<Record<string, Operation>> {
  const telling = (operation: Operation): Operation => {
    return async (call) => {
      const since = clock.tick()
      const tell = (outcome: DecisionOutcome) => observer.decided(outcome, msBetween(since, clock.tick()) / 1_000)
      try {
        const answer = await operation(call)
        tell(outcomeOf((answer.body as { phase?: string }).phase))
        return answer
      } catch (error) {
        tell(error instanceof Problem && error.facts.reservationId !== undefined ? 'refused' : 'failed')
        throw error
      }
    }
  }
  return {
    ...operations,
    ...Object.fromEntries(orders.flatMap((id) => (operations[id] ? [[id, telling(operations[id])]] : []))),
  }
}

function outcomeOf(phase: string | undefined): DecisionOutcome {
  if (phase === 'Reserved') return 'reserved'
  if (phase === 'Confirmed') return 'confirmed'
  return phase === 'Waiting' ? 'waiting' : 'unknown'
}
