import { keyOf, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import { statusAfter } from '../../domain/reservation/tell.ts'
import { partsOf, undecidedBecause } from '../../domain/reservation/undecided-message.ts'
import { availableUnits } from '../../domain/stock/balances.ts'
import type { Entry, Shortage } from '../../domain/stock/entry.ts'
import type { Clock } from '../clock.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { type FactsParts, reportFacts } from './report-facts.ts'
import { shortagesOf } from './stock-set.ts'
import type { Stocks } from './stocks.ts'
import { homeOf, setOf } from './stocks-of-reservation.ts'

export interface PlaceParts extends FactsParts {
  readonly clock: Pick<Clock, 'now'>
}

/**
 * The status of one that waits with its place, what it lacks and what keeps it, as all that is now; why it is not
 * decided stays said. Undefined when it does not wait, or nothing keeps it: it is about to be served.
 */
export function placeNow(parts: PlaceParts, reservation: Reservation): ReservationStatus | undefined {
  const { status } = reservation
  const home = homeOf(parts.stocks, reservation)
  if (!home || status?.phase !== 'Waiting' || !status.waitlist) return undefined
  const entry = waitEntry(parts, home, { ...reservation, status })
  const facts = reportFacts(parts, home, entry, reservation)
  if (facts.position === undefined && facts.hindrance === undefined) return undefined
  return undecidedBecause(statusAfter(status, entry, facts), partsOf(status.message).undecided)
}

/** The entry that put it in line, with the stocks' numbers of now. */
function waitEntry(
  { clock, stocks }: PlaceParts,
  home: StockActor,
  reservation: Reservation & { readonly status: ReservationStatus },
): Entry {
  const { book } = home
  const { reserved, confirmed, level, quantity } = book.stored
  return {
    sequence: reservation.status.sequence ?? 0,
    verb: 'Wait',
    reason: reservation.status.reason,
    at: new Date(clock.now()).toISOString(),
    shortages: shortagesNow(stocks, home, reservation),
    reserved,
    confirmed,
    available: availableUnits(book.stored, book.terms.safetyStock),
    level,
    stockQuantity: quantity,
  }
}

/** Where nothing can be stored, what is decided in memory may come to nothing: what it was told to lack there stays. */
function shortagesNow(
  stocks: Stocks,
  home: StockActor,
  reservation: Reservation & { readonly status: ReservationStatus },
): readonly Shortage[] {
  const told = reservation.status.waitlist?.shortages ?? []
  const isStalled = ({ stockNamespace, stock }: Shortage) =>
    stocks.find(keyOf(stockNamespace, stock))?.stalledBecause !== undefined
  const lacks = shortagesOf(setOf(stocks, reservation, home))
  return [...lacks.filter((one) => !isStalled(one)), ...told.filter(isStalled)]
}
