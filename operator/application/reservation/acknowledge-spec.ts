import type { TellFacts } from '../../domain/reservation/message.ts'
import type { Reservation } from '../../domain/reservation/reservation.ts'
import { acknowledged } from '../../domain/reservation/tell.ts'
import type { Clock } from '../clock.ts'
import type { JudgedSpecs } from './judged-specs.ts'
import { longestHoldText } from './refusal-facts.ts'
import type { Reporter } from './reporter.ts'
import type { Stocks } from './stocks.ts'

export interface AcknowledgeParts {
  readonly stocks: Stocks
  readonly clock: Clock
  readonly judged: JudgedSpecs
  readonly reporter: Pick<Reporter, 'aside'>
}

/** What a decision says about the new spec comes within this time, and makes this unnecessary. */
const AFTER_MS = 250

/**
 * Has a reservation whose changed spec asks for nothing new told that it was read. To be called when reconciling has
 * found nothing left to decide; costs nothing when its status speaks of this spec already, or is about to.
 */
export function acknowledgeSpec(parts: AcknowledgeParts, reservation: Reservation): void {
  const { status, generation } = reservation
  if (!status || (status.observedGeneration ?? 0) >= generation) return
  parts.reporter.aside({ reservation, compose: (latest) => composed(parts, latest) }, AFTER_MS)
}

function composed({ stocks, clock, judged }: AcknowledgeParts, latest: Reservation) {
  const cut = longestHoldText(stocks, latest)
  const facts: Pick<TellFacts, 'judged' | 'cut'> = { judged: judged.of(latest.uid), ...(cut && { cut }) }
  return acknowledged(latest, facts, new Date(clock.now()).toISOString())
}
