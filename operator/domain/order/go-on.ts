import {
  attention,
  type Change,
  callWhenRested,
  isPast,
  type OrderDecision,
  type OrderFacts,
  providerUnknown,
  report,
  wait,
} from './decision.ts'
import { holdOf, isUndecided, longerTtlMs, textOf, whyNoHold } from './hold.ts'
import { isOpened, saysUnopened, unheld, unopened, whyUnopened } from './opened.ts'
import { isTrue } from './order.ts'
import { intended, type PaymentStatus, type ProviderTerms, payIntended } from './payment.ts'
import { pursue } from './pursue-payment.ts'
import { completed, created, made } from './take-answer.ts'

/** The next step of an order against which nothing stands. */
export function goOn(facts: OrderFacts): OrderDecision {
  const { order } = facts
  const { status } = order
  if (status?.madeAt !== undefined)
    return order.deleting ? completed('the order was deleted', 'Deleted') : callWhenRested(facts, 'notify')
  if (!isTrue(status, 'UserValid')) return callWhenRested(facts, 'check')
  const opening = isOpened(order) ? undefined : open(facts)
  if (opening) return opening
  if (!status?.payment) return hold(facts)
  const ttlMs = needsNoHold(facts) ? undefined : longerTtlMs(facts)
  if (ttlMs !== undefined) return { kind: 'extend', ttlMs }
  return settle(facts, status.payment)
}

/** Nothing is begun for an order that may go at any moment; undefined = whether its stock is sold is to be found out first. */
function open(facts: OrderFacts): OrderDecision | undefined {
  const { order, refused } = facts
  const { phase, message = '', payment } = order.status ?? {}
  if (refused.open === undefined) return { kind: 'open' }
  if (isUnclear(facts)) return undefined
  const waiting = unopened(facts, refused.open)
  if (waiting) return waiting
  if (!payment) return unholdable(message)
  // with its money somebody has to say what becomes of it
  return phase === 'NeedsAttention' ? wait() : attention(facts, 'HoldRefused', whyUnopened(refused.open))
}

/** Paid, and what was held for it is gone. */
function isUnclear(facts: OrderFacts): boolean {
  const { status } = facts.order
  const { state } = status?.payment ?? {}
  return (state === 'Authorised' || state === 'Taken') && !isTrue(status, 'StockSold') && holdOf(facts) === undefined
}

/** What may be sent now may not be sent later, and what is paid is sold at once, unless that may not be. */
function needsNoHold(facts: OrderFacts): boolean {
  return facts.sendable || (isPaid(facts) && facts.refused.confirm === undefined)
}

/** Its money is known to be there, so that nothing but its sale is waited for. */
function isPaid({ order, terms }: OrderFacts): boolean {
  const { state } = order.status?.payment ?? {}
  return state === 'Taken' || (state === 'Authorised' && terms !== undefined)
}

/** Held and about to be paid is one report: what is intended is stored before it is sent. */
function hold(facts: OrderFacts): OrderDecision {
  const { order, reservation, terms, now, lends, refused } = facts
  const { phase, reason, message = '', summary = '' } = reservation?.status ?? {}
  if (!reservation) return refused.hold === undefined ? { kind: 'hold' } : refusedHold(facts, refused.hold)
  if (phase === 'Waiting' && order.status?.reason !== reason) return report(inLine(reservation.name, message))
  if (phase !== 'Reserved' || !terms || lends === undefined)
    return isUndecided(facts, 'Reserving') ? undecided(`its hold (${reason ?? 'no word of it'})`) : wait()
  const ttlMs = longerTtlMs(facts)
  if (ttlMs !== undefined) return { kind: 'extend', ttlMs } // before the payment is intended: that has to be sent soon after
  return report({
    ...{
      phase: 'Paying',
      reason: 'Paying',
      message: `${summary} held; ${textOf(order.spec.payment.amount)} to be paid`,
    },
    payment: payIntended(order, terms, now),
    heldBy: reservation.uid,
    truths: { StockHeld: true },
    steps: [['HoldStock', `${summary} held by reservation ${reservation.name}`]],
  })
}

/** Told once: where it stands in line is written to its reservation alone. */
function inLine(reservation: string, message: string): Change {
  const now = `its reservation ${reservation} says how long and for what; at first: ${message}`
  return { phase: 'Reserving', reason: 'WaitingForStock', message: `waits for stock, ${now}` }
}

const HOLD_REFUSED_FOR_MS = 3_600_000
const HOLD_AGAIN_MS = 10_000

/** Told once, and tried again for an hour. */
function refusedHold(facts: OrderFacts, message: string): OrderDecision {
  const { status } = facts.order
  if (status?.reason !== 'HoldRefused' || saysUnopened(status)) return report(unheld(message))
  if (!isPast(facts, status.heldUpSince ?? status.phaseSince, HOLD_REFUSED_FOR_MS)) return wait(HOLD_AGAIN_MS)
  return unholdable(message)
}

function unholdable(message: string): OrderDecision {
  const undoing = { reason: 'HoldRefused', message } as const
  return report({ phase: 'Cancelling', ...undoing, undoing })
}

function settle(facts: OrderFacts, payment: PaymentStatus): OrderDecision {
  switch (payment.state) {
    case 'Authorised':
    case 'Taken':
      return isTrue(facts.order.status, 'StockSold') ? sold(facts, payment) : sell(facts, payment)
    default:
      return pursue(facts, payment)
  }
}

function sell(facts: OrderFacts, payment: PaymentStatus): OrderDecision {
  const { terms } = facts
  const reservation = holdOf(facts)
  if (!reservation) {
    const message = `${whyNoHold(facts)}; it may have been confirmed before: find out whether its stock is sold`
    return attention(facts, 'StockUnclear', message)
  }
  if (reservation.status?.phase === 'Confirmed') {
    const change = afterSale(facts, payment, terms)
    return change ? report(change) : providerUnknown(facts, payment)
  }
  if (payment.state === 'Authorised' && !terms) return providerUnknown(facts, payment) // what is sold then could not be taken
  if (reservation.spec.state !== 'Reserved') return isUndecided(facts, 'Confirming') ? undecided('its sale') : wait()
  const { confirm } = facts.refused
  return confirm === undefined ? { kind: 'confirm' } : refusedSale(facts, confirm)
}

/** Told once, and tried again for an hour. */
function refusedSale(facts: OrderFacts, why: string): OrderDecision {
  const message = `its stock may not be sold: ${why}`
  if (isUndecided(facts, 'Confirming')) {
    const undoing = { reason: 'StockUndecided', message } as const
    return report({ phase: 'Cancelling', ...undoing, undoing })
  }
  if (facts.order.status?.reason === 'StockUndecided') return wait(HOLD_AGAIN_MS)
  return report({ phase: 'Confirming', reason: 'StockUndecided', message, again: true })
}

/** Sold and about to be captured, or sold and made, is one report, too. */
function afterSale(
  { order, reservation, now }: OrderFacts,
  payment: PaymentStatus,
  terms: ProviderTerms | undefined,
): Change | undefined {
  const { summary = 'its stock' } = reservation?.status ?? {}
  const steps = [['SellStock', `${summary} sold`]] as const
  const truths = { StockSold: true }
  if (payment.state === 'Taken') return { ...made(), truths, steps: [...steps, created] }
  if (!terms) return undefined
  const next = intended(order, payment, { call: 'capture', terms, now })
  const message = `${summary} sold; what was authorised is to be taken`
  return { phase: 'Confirming', reason: 'Capturing', message, payment: next, truths, steps }
}

function sold(facts: OrderFacts, payment: PaymentStatus): OrderDecision {
  const { order, terms, now } = facts
  if (payment.state === 'Taken') return report({ ...made(), steps: [created] })
  if (!terms) return providerUnknown(facts, payment)
  const next = intended(order, payment, { call: 'capture', terms, now })
  return report({
    phase: 'Confirming',
    reason: 'Capturing',
    message: 'what was authorised is to be taken',
    payment: next,
  })
}

/** Nobody decides about its stock: that has lost its books, was halted, or is served by nobody. */
function undecided(what: string): OrderDecision {
  const message = `its stock has decided nothing about ${what} for an hour; see what is wrong with it, then place another order`
  const undoing = { reason: 'StockUndecided', message } as const
  return report({ phase: 'Cancelling', ...undoing, undoing })
}
