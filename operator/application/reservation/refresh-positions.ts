import { keyOf, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import { statusAfter } from '../../domain/reservation/tell.ts'
import { availableUnits } from '../../domain/stock/balances.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { inLanes } from '../in-lanes.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import { reportFacts } from './report-facts.ts'
import type { Reservations } from './reservations.ts'
import type { Stocks } from './stocks.ts'
import { homeOf } from './stocks-of-reservation.ts'

const REFRESH_MS = 5_000
/** Who stands further behind sees the place that it was given when it came. */
const EXACT_POSITIONS = 20
const IN_FLIGHT = 8

export interface RefreshParts {
  readonly reservations: Reservations
  readonly stocks: Stocks
  readonly actors: Iterable<StockActor>
}

/**
 * Tells the first in each line where they stand now, if that has changed. No decision, so no new sequence: a report of
 * the journal that comes at the same time wins, for this one is never tried twice.
 */
export async function refreshPositions(parts: RefreshParts): Promise<Outcome> {
  const moved = [...parts.actors].flatMap((actor) => movedIn(parts, actor))
  await inLanes(moved, IN_FLIGHT, ({ reservation, status }) => parts.reservations.report(reservation, status))
  return recheckAfter(REFRESH_MS)
}

interface Moved {
  readonly reservation: Reservation
  readonly status: ReservationStatus
}

function movedIn({ reservations, stocks }: RefreshParts, home: StockActor): Moved[] {
  const moved: Moved[] = []
  let position = 0
  for (const { uid } of home.book.waiting) {
    position += 1
    if (position > EXACT_POSITIONS) break
    const request = home.book.waiting.get(uid)
    const reservation = request && reservations.find(keyOf(request.namespace, request.name))
    if (reservation?.uid !== uid || homeOf(stocks, reservation) !== home || !isElsewhere(reservation, position))
      continue
    const entry = waitEntry(reservation.status, home)
    moved.push({
      reservation,
      status: statusAfter(reservation.status, entry, reportFacts(stocks, home, entry, reservation)),
    })
  }
  return moved
}

/** Whether it was told that it waits, at another place. */
function isElsewhere(
  reservation: Reservation,
  position: number,
): reservation is Reservation & { status: ReservationStatus } {
  const { status } = reservation
  return status?.phase === 'Waiting' && status.waitlist !== undefined && status.waitlist.position !== position
}

/** The entry that put it in line, with the stock's numbers of now. */
function waitEntry(status: ReservationStatus, { book }: StockActor): Entry {
  const { reserved, confirmed, level, quantity } = book.stored
  return {
    sequence: status.sequence ?? 0,
    verb: 'Wait',
    reason: status.reason,
    at: status.waitlist?.since ?? '',
    shortages: status.waitlist?.shortages ?? [],
    reserved,
    confirmed,
    available: availableUnits(book.stored, book.terms.safetyStock),
    level,
    stockQuantity: quantity,
  }
}
