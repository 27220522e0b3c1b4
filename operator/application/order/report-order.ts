import type { Change } from '../../domain/order/decision.ts'
import { isOver, type Order, type OrderStatus } from '../../domain/order/order.ts'
import { orderStatusAfter } from '../../domain/order/order-status.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { markNext, sooner } from '../event/published-mark.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { afterUnwritten } from '../unwritten.ts'
import type { OrderParts } from './order-parts.ts'

export type Reported =
  | { readonly kind: 'on'; readonly order: Order }
  | { readonly kind: 'done'; readonly outcome: Outcome }

/**
 * Stores what was decided and sends its events, before anything follows from it. Where the clock went wrong meanwhile
 * nothing is stored: what is stored has the time in it.
 */
export async function reportOrder(parts: OrderParts, order: Order, change: Change): Promise<Reported> {
  if (parts.skew.excessMs() !== 0) return { kind: 'done', outcome: recheckAfter(SKEW_RETRY_MS) }
  const { clock, events, stock, intents, calls } = parts
  const status = orderStatusAfter(order, change, {
    at: new Date(clock.now()).toISOString(),
    published: events.published(order.uid),
    reservation: stock.nameOf(order),
  })
  intents.about(order, status.payment)
  const reported = await store(parts, order, status)
  if (reported.kind === 'on') {
    if (!change.waits) calls.usedUp(order.uid)
    if (!change.again && !change.waits) calls.moved(order.uid)
    if (isOver(status)) intents.forget(order.uid)
  }
  return reported
}

async function store(parts: OrderParts, order: Order, status: OrderStatus): Promise<Reported> {
  const result = await parts.orders.report(order, status)
  if (result.kind !== 'written')
    return { kind: 'done', outcome: afterUnwritten(result, `the status of order ${order.namespace}/${order.name}`) }
  const added = status.steps - (order.status?.steps ?? 0)
  parts.observer.told(order, status, added > 0 ? status.history.slice(-added) : [])
  parts.events.send(result.order)
  return { kind: 'on', order: result.order }
}

/** What is published is marked by itself only when the order is over: before that the mark travels with what follows. */
export async function markPublished(parts: OrderParts, order: Order, recheck: Outcome): Promise<Outcome> {
  const { status } = order
  if (!status || !isOver(status)) return recheck
  const published = Math.max(status.published, parts.events.published(order.uid))
  const due = markNext(status, published, parts.clock.now())
  if (due === 'nothing') return recheck
  if (due !== 'mark') return sooner(recheck, due.lookAfterMs)
  const stored = await store(parts, order, { ...status, published })
  return stored.kind === 'on' ? recheck : stored.outcome
}

const UNPUBLISHED_MS = 1_000

export interface LetGoParts {
  readonly orders: Pick<OrderParts['orders'], 'letGo'>
  readonly events: Pick<OrderParts['events'], 'published'>
}

/** With the object its history goes, so its events go first. Their delivery has the order looked at again. */
export async function letGo({ orders, events }: LetGoParts, order: Order): Promise<Outcome> {
  if (!order.held) return settled
  if (events.published(order.uid) < (order.status?.steps ?? 0)) return recheckAfter(UNPUBLISHED_MS)
  const result = await orders.letGo(order)
  return result.kind === 'written'
    ? settled
    : afterUnwritten(result, `order ${order.namespace}/${order.name}`, 'let go')
}
