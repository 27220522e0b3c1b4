import { type Change, isPast, type OrderDecision, type OrderFacts, report, wait } from './decision.ts'
import type { Order, OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'

/** It is not gone before we let go of it, and is known should it come back from a backup. */
export function isOpened({ held, opened, uid }: Pick<Order, 'held' | 'opened' | 'uid'>): boolean {
  return held && opened === uid
}

const WHAT = 'its finalizer kbnt.io/order or its annotation kbnt.io/opened may not be written'
const UNOPENED_FOR_MS = 3_600_000
const OPEN_AGAIN_MS = 60_000

/** Why an order is not opened though nobody denies that. */
export const TAKEN_OFF = 'it is gone as soon as it is written: a webhook or a policy takes it off'

export function whyUnopened(why: string): string {
  return `${WHAT}; nothing is held, paid or given back until it stays, for an hour: ${why}`
}

/** Its message says that it can't be opened. */
export function saysUnopened({ message }: Pick<OrderStatus, 'message'>): boolean {
  return message.startsWith(WHAT)
}

/**
 * What follows where an order can't be opened: that is told once, whatever words it comes with the next time, and tried at
 * each look. Undefined = an hour was waited for it.
 */
export function unopened(facts: OrderFacts, why: string): OrderDecision | undefined {
  const { status } = facts.order
  if (status?.heldUpSince === undefined) return report(told(status, whyUnopened(why)))
  return isPast(facts, status.heldUpSince, UNOPENED_FOR_MS) ? undefined : wait(OPEN_AGAIN_MS)
}

/** What it waits for with its money stays said; where somebody is called already nothing is told beside that. */
function told(status: OrderStatus | undefined, message: string): Change {
  if (!status?.payment && !status?.undoing) return { ...unheld(message), again: true }
  const { phase, reason } = status
  const isCalled = phase === 'NeedsAttention'
  return {
    ...{ phase, reason: reason as OrderReason, message: isCalled ? status.message : message },
    ...{ heldUp: true, again: true },
  }
}

/** What is told of an order for which nothing can be held just now. */
export function unheld(message: string): Change {
  return { phase: 'Reserving', reason: 'HoldRefused', message, heldUp: true }
}
