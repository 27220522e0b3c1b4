import { keyOf, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import { isPassedOver } from '../../domain/stock/may-take.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import { sameValue } from '../same-value.ts'
import { type PlaceParts, placeNow } from './place-now.ts'
import type { Reporter } from './reporter.ts'
import type { Reservations } from './reservations.ts'

const REFRESH_MS = 5_000
/** Who stands further behind sees the numbers that it was given when it came. */
const EXACT_POSITIONS = 20

export interface RefreshParts extends PlaceParts {
  readonly reservations: Pick<Reservations, 'find'>
  readonly reporter: Pick<Reporter, 'aside'>
  readonly actors: Iterable<StockActor>
}

/**
 * Has the first in each line told where they stand now and what they lack, if any of that has changed. No decision, so
 * no new sequence; a report of the journal goes first. A line whose first one can't be told anything is looked at.
 */
export async function refreshPositions(parts: RefreshParts): Promise<Outcome> {
  const actors = [...parts.actors]
  for (const actor of actors) if (isLedByMute(actor)) actor.lookAtLine() // no decision tells that nobody else need wait for it
  const first = new Set(actors.flatMap((actor) => firstInLine(parts, actor))) // of several stocks once
  for (const reservation of first) {
    if (present(parts, reservation)) parts.reporter.aside({ reservation, compose: (latest) => present(parts, latest) })
  }
  return recheckAfter(REFRESH_MS)
}

/** Whether nothing can be told to one before the head of its line, by now: those behind it may be served. */
function isLedByMute({ book }: StockActor): boolean {
  for (const request of book.waiting) {
    if (book.isMute(request.namespace)) return true
    if (!isPassedOver(request, book)) return false
  }
  return false
}

function firstInLine({ reservations }: RefreshParts, { book }: StockActor): Reservation[] {
  const first: Reservation[] = []
  let position = 0
  for (const { uid, namespace, name } of book.waiting) {
    position += 1
    if (position > EXACT_POSITIONS) break
    const reservation = reservations.find(keyOf(namespace, name))
    if (reservation?.uid === uid) first.push(reservation)
  }
  return first
}

/** The status with the numbers of now; undefined when it has nothing to say, or says it already. */
function present(parts: PlaceParts, reservation: Reservation): ReservationStatus | undefined {
  const { status } = reservation
  const after = placeNow(parts, reservation)
  const isSaid = after?.message === status?.message && sameValue(after?.waitlist, status?.waitlist)
  return isSaid ? undefined : after
}
