import { isFinished } from '../reservation/reservation.ts'
import { attention, type Change, type OrderDecision, type OrderFacts, report, wait } from './decision.ts'
import { isTrue, type OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import { intended, isOpen, type PaymentStatus } from './payment.ts'
import { pursue } from './pursue-payment.ts'

type Undoing = NonNullable<OrderStatus['undoing']>

/** Begins to undo an order: stored before anything is undone, so that it never goes on after that. */
export function beginUndo(facts: OrderFacts, undoing: Undoing): OrderDecision {
  const { status } = facts.order
  const nothingBegun = !isOpen(status?.payment) && !stockIsOut(facts) && status?.reservation === undefined
  if (nothingBegun) return report(cancelled(facts, undoing))
  return report({ phase: 'Cancelling', ...(undoing as { reason: OrderReason; message: string }), undoing })
}

/** The next step of an order that is being undone: first the money, and when that is known to be back, the stock. */
export function undo(facts: OrderFacts, undoing: Undoing): OrderDecision {
  const { reservation, order } = facts
  const { payment } = order.status ?? {}
  if (payment && isOpen(payment)) return moneyBack(facts, payment, undoing)
  if (stockIsOut(facts)) return reservation?.spec.state === 'Released' ? wait() : { kind: 'release' }
  return report(cancelled(facts, undoing))
}

function moneyBack(facts: OrderFacts, payment: PaymentStatus, undoing: Undoing): OrderDecision {
  const { order, terms, now } = facts
  const { reason, message } = undoing as { reason: OrderReason; message: string }
  if (payment.state !== 'Authorised' && payment.state !== 'Taken') return pursue(facts, payment)
  if (!terms) return attention(facts, 'ProviderUnknown', `the settings have no provider ${payment.provider} any more`)
  const name = payment.state === 'Authorised' ? 'void' : 'refund'
  return report({ phase: 'Cancelling', reason, message, payment: intended(order, payment, { call: name, terms, now }) })
}

/** Units are out for it, or are asked for. */
export function stockIsOut({ reservation, ours }: OrderFacts): boolean {
  return reservation !== undefined && ours && !isFinished(reservation.status?.phase)
}

function cancelled({ order, reservation }: OrderFacts, undoing: Undoing): Change {
  const { reason, message } = undoing as { reason: OrderReason; message: string }
  const { status } = order
  const { payment } = status ?? {}
  const held = isTrue(status, 'StockHeld')
  const isUnknown = reservation === undefined && isTrue(status, 'StockSold')
  const back = isUnknown
    ? 'its reservation was deleted by somebody: whether its stock came back is not known'
    : 'its stock was given back'
  const steps = [...(held ? [['ReleaseStock', back] as const] : []), ['Cancel', message] as const]
  return {
    ...{ phase: 'Cancelled', reason, message, undoing, steps },
    truths: { StockHeld: false, StockSold: false },
    ...(payment && mayComeLate(payment) && { payment: { ...payment, lookUpAt: payment.openUntil } }),
  }
}

/** A call to pay was made, and by all that is known it took nothing. */
function mayComeLate({ state }: PaymentStatus): boolean {
  return state === 'Declined' || state === 'Voided'
}
