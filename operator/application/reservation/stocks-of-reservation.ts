import { keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import type { Request } from '../../domain/stock/request.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { StockSet } from './stock-set.ts'
import type { Stocks } from './stocks.ts'

/** `namespace/name` of the stock that decides for it. */
export function homeKeyOf({ spec }: Reservation): string {
  const [first] = spec.items
  return first ? keyOf(first.stockNamespace, first.stock) : ''
}

/** The stock that decides for it; undefined when this process does not lead it. */
export function homeOf(stocks: Stocks, { spec }: Reservation): StockActor | undefined {
  const [first] = spec.items
  return first && stocks.find(keyOf(first.stockNamespace, first.stock))
}

/** Its other stocks that this process leads, in order. */
export function followersOf(stocks: Stocks, { spec }: Reservation): StockActor[] {
  return spec.items.slice(1).flatMap(({ stockNamespace, stock }) => stocks.find(keyOf(stockNamespace, stock)) ?? [])
}

/** The lines of a reservation with what they ask of each stock. */
export function setOf(stocks: Stocks, reservation: Reservation, home: StockActor): StockSet {
  const { spec, uid, namespace, name, createdAt } = reservation
  const followers = followersOf(stocks, reservation)
  const isSet = spec.items.length > 1
  const requestOf = (quantity: number): Request => ({
    uid,
    namespace,
    name,
    quantity,
    priority: spec.priority,
    createdAt,
    waitForMs: spec.waitForMs,
    confirm: spec.state === 'Confirmed',
    set: isSet,
    ...(isSet && { waits: home.book.claims.get(uid)?.phase === 'Waiting' }),
    ...(spec.ttlMs !== undefined && { ttlMs: spec.ttlMs }),
    ...(spec.consumer !== undefined && { consumer: spec.consumer }),
  })
  const lineOf = (actor: StockActor) => {
    const item = spec.items.find(
      ({ stockNamespace, stock }) => stockNamespace === actor.stock.namespace && stock === actor.stock.name,
    )
    return { actor, request: requestOf(item?.quantity ?? 0) }
  }
  const missing = spec.items.find(({ stockNamespace, stock }) => !stocks.find(keyOf(stockNamespace, stock)))
  return {
    home: lineOf(home),
    followers: followers.map(lineOf),
    ...(missing && { missing }),
  }
}
