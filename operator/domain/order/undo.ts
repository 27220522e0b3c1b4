import { isFinished } from '../reservation/reservation.ts'
import {
  attention,
  type Change,
  type OrderDecision,
  type OrderFacts,
  providerUnknown,
  report,
  wait,
} from './decision.ts'
import { holdOf, isUndecided, whyNoHold } from './hold.ts'
import { lookUpAfter } from './late-look.ts'
import { isTrue, type Order, type OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import { type IntendedCall, intended, isOpen, mayVoidAnew, type PaymentStatus } from './payment.ts'
import { pursue } from './pursue-payment.ts'
import { toldBeside } from './told-beside.ts'

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
  if (!stockIsOut(facts)) return report(cancelled(facts, undoing))
  if (reservation?.spec.state === 'Released') return unreleased(facts, undoing)
  const { release } = facts.refused
  return release === undefined ? { kind: 'release' } : unreleasable(facts, release)
}

/** Told once, and tried on and on; after an hour somebody is called for. */
function unreleasable(facts: OrderFacts, why: string): OrderDecision {
  const { status } = facts.order
  const denied = `its stock may not be given back: ${why}`
  if (status?.phase !== 'Cancelling' || isUndecided(facts, 'Cancelling'))
    return attention(facts, 'StockUndecided', denied)
  return toldBeside(status, denied) ?? wait()
}

/** What was never held is not held any more once that is asked for, whoever decides it and when; what was held has to be back. */
function unreleased(facts: OrderFacts, undoing: Undoing): OrderDecision {
  const { phase } = facts.reservation?.status ?? {}
  const isHeld = phase === 'Reserved' || phase === 'Confirmed'
  const isLong = isUndecided(facts, 'Cancelling')
  if (!isHeld && (isLong || undoing.reason === 'StockUndecided')) return report(cancelled(facts, undoing))
  if (!isLong && facts.order.status?.phase === 'Cancelling') return wait()
  return attention(
    facts,
    'StockUndecided',
    'its stock is to be given back, and has decided nothing about that for an hour',
  )
}

function moneyBack(facts: OrderFacts, payment: PaymentStatus, undoing: Undoing): OrderDecision {
  const { order, terms, now } = facts
  const { reason, message } = undoing as { reason: OrderReason; message: string }
  if (payment.state !== 'Authorised' && payment.state !== 'Taken') return pursue(facts, payment)
  if (!terms) return providerUnknown(facts, payment)
  const name = payment.state === 'Authorised' ? 'void' : 'refund'
  const next = givenBack(order, payment, { call: name, terms, now })
  const again = payment.intent !== undefined
  return report({ phase: 'Cancelling', reason, message, payment: next, ...(again && { again: true }) })
}

/**
 * What is charged after it was given back is given back by another call: the one before would be answered as it was then.
 * Voids have an end, and no refund is made twice: who goes by them is called for somebody.
 */
function givenBack(order: Order, payment: PaymentStatus, terms: IntendedCall): PaymentStatus {
  const { intent } = payment
  if (intent?.call !== terms.call) return intended(order, payment, terms)
  if (mayVoidAnew(intent)) return intended(order, payment, { ...terms, anew: true })
  const state = terms.call === 'void' ? 'Voiding' : 'Refunding'
  return { ...payment, state, intent: { ...intent, refused: true } }
}

/** Units are out for it, or are asked for, also by one that is marked as its own and is not the one that was held. */
export function stockIsOut({ reservation, ours }: OrderFacts): boolean {
  return reservation !== undefined && ours && !isFinished(reservation.status?.phase)
}

function cancelled(facts: OrderFacts, undoing: Undoing): Change {
  const { reason, message } = undoing as { reason: OrderReason; message: string }
  const { status } = facts.order
  const { payment } = status ?? {}
  const lookUpAt = status && payment && lookUpAfter(status, payment, facts.now)
  const held = isTrue(status, 'StockHeld')
  const isUnknown = holdOf(facts) === undefined && (mayBeSold(status) || isOutForAnother(facts))
  const back = isUnknown ? `${whyNoHold(facts)}; whether its stock came back is not known` : 'its stock was given back'
  const steps = [...(held ? [['ReleaseStock', back] as const] : []), ['Cancel', message] as const]
  return {
    ...{ phase: 'Cancelled', reason, message, undoing, steps },
    truths: { StockHeld: false, StockSold: false },
    ...(payment && lookUpAt !== undefined && { payment: { ...payment, lookUpAt } }),
    ...(reason === 'LateCharge' && { again: true }),
  }
}

/** What held its stock may be this one, which is marked as another's. */
function isOutForAnother({ reservation }: OrderFacts): boolean {
  return reservation !== undefined && !isFinished(reservation.status?.phase)
}

/** Its stock was sold, or about to be: once its money was there. */
export function mayBeSold(status: OrderStatus | undefined): boolean {
  const paid = status?.history.some(
    ({ operation, status: how }) => (operation === 'Authorise' || operation === 'Pay') && how === 'Succeeded',
  )
  return paid === true || isTrue(status, 'StockSold')
}
