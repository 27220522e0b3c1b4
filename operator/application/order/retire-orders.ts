import { isOver, type Order, orderIdOf } from '../../domain/order/order.ts'
import type { Clock } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import { inPieces, type Steps, stepping } from '../in-pieces.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import { sweeper } from '../sweep.ts'
import type { Orders } from './orders.ts'
import type { PaymentProviders } from './payment-provider.ts'

export interface RetireOrdersParts extends PatienceParts {
  readonly orders: Pick<Orders, 'all' | 'read' | 'remove'>
  readonly payments: PaymentProviders
  readonly skew: Pick<ClockSkew, 'excessMs' | 'sinceJudgedMs'>
  readonly clock: Clock
}

const SWEEP_MS = 60_000
const MOST_PER_SWEEP = 500
const IN_FLIGHT = 8
/** What is deleted never comes back: if no answer has judged the clock for so long, one is asked for first. */
const JUDGED_WITHIN_MS = 10_000
/** While it is there, an order that comes again is the same one and pays nothing. */
const KEPT_MS = 7 * 86_400_000

/**
 * Deletes, with each call, orders that have been over for a week, or for as long as any provider remembers a key, and
 * whose events are out and whose money was looked for, exactly in the version that says so. While the clock is known to
 * be wrong none goes.
 */
export function orderRetirement(parts: RetireOrdersParts): () => Promise<Outcome> {
  const { orders, payments, clock, skew } = parts
  let foundAtMs = 0
  const remove = sweeper<Order>({
    ...parts,
    ...{ operation: 'delete finished orders', lanes: IN_FLIGHT, most: MOST_PER_SWEEP },
    async work(order) {
      if (skew.sinceJudgedMs() > JUDGED_WITHIN_MS) await orders.read(order.namespace, order.name) // its answer brings the server's date
      const isDue = skew.excessMs() === 0 && clock.now() >= foundAtMs
      return isDue && (await orders.remove(order)) !== 'changed'
    },
  })
  return async () => {
    foundAtMs = clock.now()
    const keptMs = Math.max(KEPT_MS, ...[...payments.values()].map(({ keyWindowMs }) => keyWindowMs))
    const { done, left } = await remove(await inPieces(clock, dueNow(orders.all(), foundAtMs - keptMs)))
    return recheckAfter(left && done > 0 ? 0 : SWEEP_MS)
  }
}

function* dueNow(all: Iterable<Order>, before: number): Steps<Order[]> {
  const due: Order[] = []
  yield* stepping(all, (order) => {
    const { status } = order
    if (!status || !isOver(status) || order.deleting) return
    const isLookedUp = status.payment?.lookUpAt !== undefined && status.orderId === orderIdOf(order) // nobody looks for another one's
    const isSettled = status.published === status.steps && !isLookedUp
    if (isSettled && Date.parse(status.finishedAt ?? '') <= before) due.push(order)
  })
  return due
}
