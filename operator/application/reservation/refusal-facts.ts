import { durationText } from '../../domain/duration.ts'
import { nameFrom, type TellFacts } from '../../domain/reservation/message.ts'
import type { RefusedLine } from '../../domain/reservation/refused-line.ts'
import type { Reason, Reservation } from '../../domain/reservation/reservation.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { isLineFull, refusalOf } from '../../domain/stock/may-take.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { linesOf, type SetLine, type StockSet } from './stock-set.ts'
import type { Stocks } from './stocks.ts'
import { followersOf, homeOf, setOf } from './stocks-of-reservation.ts'
import { stockKeysOf } from './unclear.ts'

/** What a message says of the line that is or was refused, of stocks that are not there, or of a hold that was cut. */
export function refusalFacts(
  stocks: Stocks,
  home: StockActor,
  entry: Entry,
  reservation: Reservation,
): Pick<TellFacts, 'cut' | 'refused' | 'hindrance' | 'absent'> {
  if (entry.verb === 'Extend') {
    const cut = longestHoldText(stocks, reservation)
    return cut === undefined ? {} : { cut }
  }
  if (entry.verb === 'Wait') return hindranceOf(stocks, setOf(stocks, reservation, home), reservation)
  if (entry.verb !== 'Refuse') return {}
  if (entry.reason === 'StockNotFound') return { absent: absentStocks(stocks, reservation) }
  const lines = linesOf(setOf(stocks, reservation, home))
  const line = lines.find((one) => refuses(one, entry.reason)) ?? lines[0]
  return line ? { refused: refusedLine(line, reservation) } : {}
}

/**
 * A stock of it that hands out nothing or that nobody can see, else one whose terms don't allow it: units that come free
 * would not be for it.
 */
function hindranceOf(
  stocks: Pick<Stocks, 'serves'>,
  set: StockSet,
  reservation: Reservation,
): Pick<TellFacts, 'refused' | 'hindrance'> {
  const { missing } = set
  if (missing && !stocks.serves(missing.stockNamespace)) {
    const undecided = `namespace ${missing.stockNamespace} can't be listed for now`
    return { hindrance: { stock: nameFrom(reservation.namespace, missing), undecided } }
  }
  const lines = linesOf(set)
  for (const { actor } of lines) {
    const { closedBecause, stalled } = actor
    if (stalled) return { hindrance: { stock: nameOf(actor, reservation), undecided: "its books can't be stored" } }
    if (closedBecause) return { hindrance: { stock: nameOf(actor, reservation), notReady: closedBecause.reason } }
  }
  for (const line of lines) {
    const passedOver = refusalOf(line.request, line.actor.book)
    if (passedOver) return { hindrance: { passedOver }, refused: refusedLine(line, reservation) }
  }
  return {}
}

/** `namespace/name` of its stocks that nobody leads. */
export function absentStocks(stocks: Pick<Stocks, 'find'>, reservation: Reservation): string[] {
  return stockKeysOf(reservation).filter((key) => stocks.find(key) === undefined)
}

function refusedLine({ actor, request }: SetLine, reservation: Reservation): RefusedLine {
  const { book } = actor
  const { consumer } = request
  return {
    stock: nameOf(actor, reservation),
    request,
    terms: book.terms,
    consumerHas: consumer === undefined ? 0 : book.consumerUnits(consumer),
  }
}

/** Says of a ttl beyond what a stock of it allows that it was cut; undefined when it was not. */
export function longestHoldText(stocks: Stocks, reservation: Reservation): string | undefined {
  const home = homeOf(stocks, reservation)
  const actors = [...(home ? [home] : []), ...followersOf(stocks, reservation)]
  const [strictest] = [...actors].sort((a, b) => longestOf(a) - longestOf(b)) // stable: the first of equals
  if (!strictest || (reservation.spec.ttlMs ?? 0) <= longestOf(strictest)) return undefined
  return `cut to ${nameOf(strictest, reservation)}'s longest hold, ${durationText(longestOf(strictest))}`
}

const longestOf = ({ book }: StockActor) => book.terms.hold.maxTtlMs

function nameOf({ stock }: StockActor, { namespace }: Reservation): string {
  return nameFrom(namespace, { stockNamespace: stock.namespace, stock: stock.name })
}

/** By the books of now, which may have moved on since: then the home is taken for it. */
function refuses({ actor, request }: SetLine, reason: Reason | undefined): boolean {
  const { book } = actor
  if (reason === 'WaitlistFull') return isLineFull(book)
  if (reason === 'StockPaused') return book.terms.paused
  return refusalOf(request, book) === reason
}
