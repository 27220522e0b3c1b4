import { isLookedFor } from '../../domain/order/late-look.ts'
import { holdsMoney, isOver, type Order, orderIdOf } from '../../domain/order/order.ts'
import { mayBeSold } from '../../domain/order/undo.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { ClockCheck } from '../clock-check.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import type { StepEvents } from '../event/step-events.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import type { Orders } from './orders.ts'
import { letGo } from './report-order.ts'

export interface UnservedOrdersParts {
  readonly orders: Pick<Orders, 'find' | 'all' | 'letGo'>
  readonly events: Pick<StepEvents<Order>, 'send' | 'published'>
  readonly clock: Pick<Clock, 'tick' | 'now'>
  readonly clockIsRight: ClockCheck
  /** This one is deleted and stays, as somebody may have to settle its money: each time that it is looked at. */
  readonly onKept: (order: Order) => void
  /** There are such orders, these among them: at first, and then now and then for as long as it lasts. */
  readonly onUnserved: (count: number, some: readonly Order[]) => void
}

/** What is done where the settings name nobody to pay: nothing of an order goes on, and none waits for us to be gone. */
export interface UnservedOrders {
  /** Lets go of a deleted one that needs nobody any more. Safe to repeat. */
  reconcile(key: string): Promise<Outcome>
  /** Says how many wait for somebody who serves them. */
  look(): Promise<Outcome>
}

const LOOK_EVERY_MS = 10_000
const SAY_EVERY_MS = 600_000
const MOST_NAMED = 5

export function unservedOrders(parts: UnservedOrdersParts): UnservedOrders {
  const { orders, events, clock, onUnserved } = parts
  let saidAt: Tick | undefined
  return {
    async reconcile(key) {
      const order = orders.find(key)
      if (!order?.deleting || !order.held) return settled
      if (!(await parts.clockIsRight(order))) return recheckAfter(SKEW_RETRY_MS)
      if (!needsNobody(order, clock.now())) {
        parts.onKept(order)
        return recheckAfter(SAY_EVERY_MS)
      }
      events.send(order) // with the object its history would go
      return letGo(parts, order)
    },
    async look() {
      const { count, some } = unserved(orders.all(), clock.now())
      if (count === 0) saidAt = undefined
      else if (saidAt === undefined || msBetween(saidAt, clock.tick()) >= SAY_EVERY_MS) {
        saidAt = clock.tick()
        onUnserved(count, some)
      }
      return recheckAfter(LOOK_EVERY_MS)
    },
  }
}

/** How many wait for somebody who serves them, and some of these. */
export function unserved(
  all: Iterable<Order>,
  now: number,
): { readonly count: number; readonly some: readonly Order[] } {
  const some: Order[] = []
  let count = 0
  for (const order of all) {
    if (order.deleting ? needsNobody(order, now) : isOver(order.status)) continue
    count += 1
    if (some.length < MOST_NAMED) some.push(order)
  }
  return { count, some }
}

/**
 * It is over and its money is looked for no more, or its own status says that it is paid and sold for good, or that no
 * money of it is anywhere: what it holds of its stock runs out by itself, but not what was sold, which nobody but us gives
 * back.
 */
function needsNobody(order: Order, now: number): boolean {
  const { status } = order
  if (isOver(status)) return !isLookedFor(status?.payment, { now, servedForMs: Infinity })
  if (status?.orderId !== orderIdOf(order)) return false
  const isMade = status.madeAt !== undefined && status.phase !== 'NeedsAttention'
  return isMade || (!holdsMoney(status) && !mayBeSold(status))
}
