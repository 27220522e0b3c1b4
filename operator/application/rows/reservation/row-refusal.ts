import { durationText } from '../../../domain/duration.ts'
import type { TellFacts } from '../../../domain/reservation/message.ts'
import type { Reason, Reservation } from '../../../domain/reservation/reservation.ts'
import { refusalOf } from '../../../domain/stock/may-take.ts'
import { StockBook } from '../../../domain/stock/stock-book.ts'
import type { RowStock } from '../row-stocks.ts'
import { nameOf } from './row-claim.ts'

/** The line that was refused, by the terms that its stocks have now; undefined = it was for none of them. */
export function refusedIn(
  reservation: Reservation,
  stocks: readonly RowStock[],
  reason: Reason | undefined,
): TellFacts['refused'] {
  const { uid, namespace, name, createdAt, spec } = reservation
  const lines = spec.items.flatMap(({ stockNamespace, stock, quantity }) => {
    const found = stocks.find((one) => one.namespace === stockNamespace && one.name === stock)
    return found ? [{ stock: found, quantity }] : []
  })
  const refused = lines.find(({ stock, quantity }) => {
    if (reason === 'StockPaused') return stock.terms.paused
    if (reason === 'LimitPerConsumer') return stock.terms.limits.perConsumer !== undefined
    const { ttlMs, priority, waitForMs } = spec
    const wish = { priority, waitForMs, createdAt, confirm: false, set: false, ...(ttlMs !== undefined && { ttlMs }) }
    return refusalOf({ uid, namespace, name, quantity, ...wish }, new StockBook(stock, stock.terms)) === reason
  })
  if (!refused) return undefined
  const { stock, quantity } = refused
  const request = { quantity, ...(spec.ttlMs !== undefined && { ttlMs: spec.ttlMs }) }
  return { stock: nameOf(stock, reservation), request, terms: stock.terms, consumerHas: 0 }
}

/** Says of a ttl beyond what a stock of it allows that it was cut; undefined when it was not. */
export function cutIn(reservation: Reservation, stocks: readonly RowStock[]): string | undefined {
  const [strictest] = stocks.toSorted((a, b) => a.terms.hold.maxTtlMs - b.terms.hold.maxTtlMs)
  const longest = strictest?.terms.hold.maxTtlMs ?? Infinity
  if (!strictest || (reservation.spec.ttlMs ?? 0) <= longest) return undefined
  return `cut to ${nameOf(strictest, reservation)}'s longest hold, ${durationText(longest)}`
}
