import type { OrderFacts } from '../../domain/order/decision.ts'
import { msBetween } from '../clock.ts'
import type { OrderParts } from './order-parts.ts'

/** What waits of orders are judged by: the time, and how much of it was served. */
export function servingTime({
  clock,
  servedSince,
}: Pick<OrderParts, 'clock' | 'servedSince'>): Pick<OrderFacts, 'now' | 'servedForMs'> {
  return { now: clock.now(), servedForMs: msBetween(servedSince, clock.tick()) }
}
