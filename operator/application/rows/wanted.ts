import type { Order } from './order.ts'
import type { Wanted } from './row-books.ts'
import type { Ask } from './stock-queue.ts'

/** What a transaction for these locks and reads. */
export function wantedBy(asks: readonly Ask[]): Wanted {
  const consumers = new Map<string, Wanted['consumers'][number]>()
  for (const { order } of asks) {
    if (order.kind !== 'reserve' || order.about.consumer === undefined) continue
    const { consumer } = order.about
    for (const { stock } of order.lines) consumers.set(`${stock} ${consumer}`, { stock, consumer })
  }
  return {
    stocks: [...new Set(asks.flatMap(({ stocks }) => stocks))],
    existing: uidsOf(asks, (order) => order.kind !== 'reserve'),
    ordered: uidsOf(asks, (order) => order.kind === 'reserve'),
    consumers: [...consumers.values()],
  }
}

function uidsOf(asks: readonly Ask[], isMeant: (order: Order) => boolean): string[] {
  return [...new Set(asks.flatMap(({ order }) => (isMeant(order) ? [order.uid] : [])))]
}
