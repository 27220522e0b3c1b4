import {
  attention,
  type Change,
  callWhenRested,
  type OrderDecision,
  type OrderFacts,
  report,
  wait,
} from './decision.ts'
import { longerTtlMs, textOf } from './hold.ts'
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
  if (!order.held || order.opened !== order.uid) return { kind: 'open' }
  if (!status?.payment) return hold(facts)
  const ttlMs = longerTtlMs(facts)
  if (ttlMs !== undefined) return { kind: 'extend', ttlMs }
  return settle(facts, status.payment)
}

/** Held and about to be paid is one report: what is intended is stored before it is sent. */
function hold(facts: OrderFacts): OrderDecision {
  const { order, reservation, terms, now } = facts
  const { phase, reason, message = '', summary = '' } = reservation?.status ?? {}
  if (!reservation) return facts.holdRefused === undefined ? { kind: 'hold' } : refusedHold(facts, facts.holdRefused)
  if (phase === 'Waiting' && order.status?.reason !== reason)
    return report({ phase: 'Reserving', reason: 'WaitingForStock', message })
  if (phase !== 'Reserved' || !terms) return wait()
  return report({
    ...{
      phase: 'Paying',
      reason: 'Paying',
      message: `${summary} held; ${textOf(order.spec.payment.amount)} to be paid`,
    },
    payment: payIntended(order, terms, now),
    truths: { StockHeld: true },
    steps: [['HoldStock', `${summary} held by reservation ${reservation.name}`]],
  })
}

const HOLD_REFUSED_FOR_MS = 3_600_000
const HOLD_AGAIN_MS = 10_000

/** Told once, and tried again for an hour. */
function refusedHold({ order: { status }, now }: OrderFacts, message: string): OrderDecision {
  if (status?.reason !== 'HoldRefused') return report({ phase: 'Reserving', reason: 'HoldRefused', message })
  if (now - Date.parse(status.phaseSince) <= HOLD_REFUSED_FOR_MS) return wait(HOLD_AGAIN_MS)
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
  const { reservation, terms } = facts
  if (!reservation) {
    const message =
      'its reservation was deleted by somebody when it may have been confirmed already: find out whether its stock is sold'
    return attention(facts, 'StockUnclear', message)
  }
  if (reservation.status?.phase === 'Confirmed') {
    const change = afterSale(facts, payment, terms)
    return change
      ? report(change)
      : attention(facts, 'ProviderUnknown', `the settings have no provider ${payment.provider} any more`)
  }
  return reservation.spec.state === 'Reserved' ? { kind: 'confirm' } : wait()
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
  if (!terms) return attention(facts, 'ProviderUnknown', `the settings have no provider ${payment.provider} any more`)
  const next = intended(order, payment, { call: 'capture', terms, now })
  return report({
    phase: 'Confirming',
    reason: 'Capturing',
    message: 'what was authorised is to be taken',
    payment: next,
  })
}
