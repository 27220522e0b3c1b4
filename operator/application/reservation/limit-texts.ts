import { durationText } from '../../domain/duration.ts'
import { nameFrom } from '../../domain/reservation/message.ts'
import { recordOf } from '../../domain/reservation/reasons.ts'
import type { Reason, Reservation } from '../../domain/reservation/reservation.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { refusalOf } from '../../domain/stock/may-take.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { linesOf, type SetLine } from './stock-set.ts'
import type { Stocks } from './stocks.ts'
import { followersOf, homeOf, setOf } from './stocks-of-reservation.ts'

/** The limit behind a refusal or a shortened hold, with its stock's name where the reservation has several. */
export function limitText(
  stocks: Stocks,
  home: StockActor,
  entry: Entry,
  reservation: Reservation,
): string | undefined {
  if (entry.verb === 'Extend') return longestHoldText(stocks, reservation)
  if (entry.verb !== 'Refuse') return undefined
  const lines = linesOf(setOf(stocks, reservation, home))
  const line = lines.find((one) => refuses(one, entry.reason)) ?? lines[0]
  const text = line && entry.reason && recordOf(entry.reason).limit?.text(line.actor.book.terms)
  return text && lines.length > 1 ? `${text} (${nameOf(line.actor, reservation)})` : text
}

/** Says of a ttl beyond what a stock of it allows that it was cut; undefined when it was not. */
export function longestHoldText(stocks: Stocks, reservation: Reservation): string | undefined {
  const home = homeOf(stocks, reservation)
  const actors = [...(home ? [home] : []), ...followersOf(stocks, reservation)]
  const [strictest] = [...actors].sort((a, b) => longestOf(a) - longestOf(b)) // stable: the first of equals
  if (!strictest || (reservation.spec.ttlMs ?? 0) <= longestOf(strictest)) return undefined
  const whose = reservation.spec.items.length > 1 ? `${nameOf(strictest, reservation)}'s` : "the stock's"
  return `cut to ${whose} longest hold, ${durationText(longestOf(strictest))}`
}

const longestOf = ({ book }: StockActor) => book.terms.hold.maxTtlMs

function nameOf({ stock }: StockActor, { namespace }: Reservation): string {
  return nameFrom(namespace, { stockNamespace: stock.namespace, stock: stock.name })
}

/** By the books of now, which may have moved on since: then the home is taken for it. */
function refuses({ actor, request }: SetLine, reason: Reason | undefined): boolean {
  const { book } = actor
  if (reason === 'WaitlistFull') return book.waiting.length >= book.terms.waitlist.maxLength
  return refusalOf(request, book) === reason
}
