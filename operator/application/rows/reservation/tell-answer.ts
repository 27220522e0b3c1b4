import { keyOf, type Reservation } from '../../../domain/reservation/reservation.ts'
import { type Outcome, settled } from '../../outcome.ts'
import type { Answer, Order, Standing } from '../order.ts'
import { cutIn, refusedIn } from './row-refusal.ts'
import { decided, type RowReservationParts, stocksOf, undecided, untilItsEnd } from './row-reservation-parts.ts'
import { statusOfStanding, tellsOf } from './status-of-standing.ts'
import { whyKeyReused, whyUnanswered } from './why-undecided.ts'

/** What was ordered, of which database, and what came of it. */
export interface Answered {
  readonly database: string
  readonly order: Order
  readonly answer: Answer
}

/** Tells a reservation how it stands by the answer of its database, or why it stands nowhere yet. */
export async function tellAnswer(
  parts: RowReservationParts,
  reservation: Reservation,
  { database, order: { kind }, answer }: Answered,
): Promise<Outcome> {
  switch (answer.kind) {
    case 'stands':
      return tell(parts, reservation, answer)
    case 'unknown':
      return kind === 'end' || kind === 'release' ? neverHeld(parts, reservation, kind) : lost(parts, reservation)
    case 'keyReused':
      return undecided(parts, reservation, whyKeyReused(database))
    case 'noStock':
    case 'halted':
    case 'busy':
    case 'eventsBehind': {
      const stocks = stocksOf(parts, reservation)
      const terminating = stocks.find(
        ({ uid, terms }) => answer.kind === 'noStock' && uid === answer.stock && terms.terminating,
      )
      if (terminating && kind === 'reserve') {
        const absent = [keyOf(terminating.namespace, terminating.name)]
        return parts.unexplained.end(reservation, { reason: 'StockTerminating', phase: 'Rejected', absent })
      }
      return undecided(parts, reservation, whyUnanswered(answer, { database, reservation, stocks }))
    }
  }
}

async function tell(
  parts: RowReservationParts,
  reservation: Reservation,
  { standing, aftermath }: Extract<Answer, { kind: 'stands' }>,
): Promise<Outcome> {
  const { clock, reports } = parts
  decided(parts, reservation)
  if (!tellsOf(reservation, standing)) {
    const stocks = stocksOf(parts, reservation)
    const cut = cutIn(reservation, stocks)
    const refused = aftermath?.refused ?? refusedIn(reservation, stocks, standing.reason)
    const facts = { now: clock.now(), ...(cut && { cut }), ...(refused && { refused }) }
    const written = await reports.write(reservation, statusOfStanding(reservation, standing, facts))
    if (written.kind !== 'settled') return written
  }
  return untilItsEnd(parts, endOf(standing))
}

function endOf({ phase, deadline }: Standing): number | undefined {
  return phase === 'Reserved' ? deadline : undefined
}

/** Nothing was ever held for it, and nothing will be. */
function neverHeld(
  parts: RowReservationParts,
  reservation: Reservation,
  kind: 'end' | 'release',
): Promise<Outcome> | Outcome {
  if (kind === 'end') return settled
  if (parts.unexplained.isSold(reservation)) return soldLongAgo(parts, reservation)
  const message = 'released before it was held'
  return parts.unexplained.end(reservation, { reason: 'ReleasedByClient', phase: 'Released', message })
}

/** Its row was dropped with those of its day, so that nobody knows any more what could be given back. */
function soldLongAgo({ unexplained }: RowReservationParts, reservation: Reservation): Outcome {
  unexplained.explain(
    reservation,
    'StockBusy',
    'it was sold so long ago that its row is not kept any more; it stays sold',
  )
  return settled
}

/** It was decided once, and its row is not there any more. */
function lost(parts: RowReservationParts, reservation: Reservation): Promise<Outcome> {
  const message = 'what was decided for it is not in the database any more; nothing is held for it'
  return parts.unexplained.end(reservation, { reason: 'Undone', phase: 'Released', message })
}
