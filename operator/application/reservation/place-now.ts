import type { Hindrance } from '../../domain/reservation/message.ts'
import { keyOf, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import { statusAfter } from '../../domain/reservation/tell.ts'
import { undecidedBecause } from '../../domain/reservation/undecided-message.ts'
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

type Waiting = Reservation & { readonly status: ReservationStatus }

/** Who stands further behind sees the numbers that it was given when it came. */
export const EXACT_POSITIONS = 20

/**
 * The status of one that waits with its place, what it lacks and what keeps it, as all that is now, and why something is
 * not decided, if so. Undefined when it does not wait, or nothing keeps it: it is about to be served.
 */
export function placeNow(
  parts: PlaceParts,
  reservation: Reservation,
  undecided: string | undefined,
): ReservationStatus | undefined {
  const { status } = reservation
  const home = homeOf(parts.stocks, reservation)
  if (!home || status?.phase !== 'Waiting' || !status.waitlist) return undefined
  const entry = waitEntry(parts, home, { ...reservation, status })
  const facts = reportFacts(parts, home, entry, reservation)
  if (facts.position === undefined && facts.hindrance === undefined) return undefined
  const hindrance = facts.hindrance && toldHere(facts.hindrance, undecided, isInFront(parts.stocks, reservation))
  return undecidedBecause(statusAfter(status, entry, { ...facts, ...(hindrance && { hindrance }) }), undecided)
}

/** Nothing is said twice, and nothing that nobody would take back when it is over: who stands in front is looked at again. */
function toldHere(hindrance: Hindrance, undecided: string | undefined, inFront: boolean): Hindrance {
  const isSaid = 'undecided' in hindrance && undecided !== undefined
  return inFront && !isSaid ? hindrance : { toldElsewhere: true }
}

/** Whether it is among the first in some line. */
function isInFront(stocks: Stocks, { uid, spec }: Reservation): boolean {
  return spec.items.some((item) => {
    const position = stocks.find(keyOf(item.stockNamespace, item.stock))?.book.waiting.position(uid) ?? 0
    return position > 0 && position <= EXACT_POSITIONS
  })
}

/** The entry that put it in line, with the stocks' numbers of now. */
function waitEntry({ clock, stocks }: PlaceParts, home: StockActor, reservation: Waiting): Entry {
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
function shortagesNow(stocks: Stocks, home: StockActor, reservation: Waiting): readonly Shortage[] {
  const told = reservation.status.waitlist?.shortages ?? []
  const isStalled = ({ stockNamespace, stock }: Shortage) => stocks.find(keyOf(stockNamespace, stock))?.stalled ?? false
  const lacks = shortagesOf(setOf(stocks, reservation, home))
  return [...lacks.filter((one) => !isStalled(one)), ...told.filter(isStalled)]
}
