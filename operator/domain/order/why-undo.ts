import { isFinished, type Phase } from '../reservation/reservation.ts'
import { isPast, type OrderFacts } from './decision.ts'
import { holdOf, isAsAsked, type Objection, priceObjection, textOf, whyNoHold } from './hold.ts'
import { isTrue, type OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import type { PaymentStatus } from './payment.ts'

/** Nothing was heard of its provider for so long, with nothing sent that might be under way. */
const PAYING_FOR_MS = 900_000

/** What stands against going on with an order; undefined = nothing. Once it is made nothing does. */
export function whyUndo(facts: OrderFacts): Objection | undefined {
  const { order } = facts
  if (order.status?.madeAt !== undefined) return undefined
  return ofClient(facts) ?? ofPayment(facts) ?? ofStock(facts)
}

function ofClient(facts: OrderFacts): Objection | undefined {
  const { order } = facts
  if (isUnclear(facts)) return undefined
  if (order.deleting) return { reason: 'Deleted', message: 'the order was deleted before it was made' }
  if (order.spec.cancel) return { reason: 'CancelledByClient', message: 'cancelled before it was made' }
  return undefined
}

/** Its reservation was deleted when it may have been sold: giving the money back then is not for its client to say. */
function isUnclear(facts: OrderFacts): boolean {
  const { status } = facts.order
  const { state } = status?.payment ?? {}
  const mayBeSold =
    isTrue(status, 'StockHeld') && (state === 'Authorised' || state === 'Taken' || state === 'Capturing')
  return holdOf(facts) === undefined && (isTrue(status, 'StockSold') || mayBeSold)
}

/** Nothing is intended yet. */
function ofProvider(facts: OrderFacts): Objection | undefined {
  const { order, terms } = facts
  const { spec, status } = order
  if (!terms) {
    const message = `the settings have no payment provider called ${spec.payment.provider}`
    return { reason: 'ProviderUnknown', message }
  }
  const isPlaceless = status?.phase === 'Paying' && isPast(facts, status.phaseSince, PAYING_FOR_MS)
  return isPlaceless ? { reason: 'PaymentUnavailable', message: status.message } : undefined
}

function ofPayment(facts: OrderFacts): Objection | undefined {
  const { spec, status } = facts.order
  const { payment } = status ?? {}
  if (!payment) return ofProvider(facts)
  if (payment.state === 'Declined' || payment.state === 'Voided') {
    const reason = isTrue(status, 'StockSold') ? 'CaptureRefused' : 'PaymentDeclined'
    return { reason, message: 'nothing was taken' }
  }
  if (payment.state === 'Refunded') return { reason: 'PaymentDeclined', message: 'the money was given back' }
  if (payment.state === 'Intended' && isPast(facts, payment.intent?.firstAt ?? '', PAYING_FOR_MS))
    return { reason: 'PaymentUnavailable', message: unavailable(payment, status) }
  if (isAsAsked(spec, payment)) return undefined
  const message = `the provider says ${textOf(payment)}, the order ${textOf(spec.payment.amount)}`
  return { reason: 'AmountDiffers', message }
}

/** Why, where that was told already. */
function unavailable({ provider }: PaymentStatus, status: OrderStatus | undefined): string {
  const told = status?.reason === 'PaymentUnavailable' ? status.message : `provider ${provider} could not be used`
  return `${told}; nothing went on for a quarter of an hour`
}

const lostBy: Readonly<Partial<Record<Phase, OrderReason>>> = { Expired: 'HoldExpired', Released: 'HoldLost' }

function ofStock(facts: OrderFacts): Objection | undefined {
  const { order, reservation, ours } = facts
  const { status } = order
  const wasHeld = isTrue(status, 'StockHeld')
  if (reservation && !ours && !wasHeld) {
    const message = `Reservation ${reservation.name} exists and was not made for this order`
    return { reason: 'NameTaken', message }
  }
  const paid = status?.payment?.state
  const held = holdOf(facts)
  if (!held) {
    // what may have been confirmed before it was deleted may be sold: that is not for us to say
    const mayBeSold = paid === 'Authorised' || paid === 'Taken'
    if (!wasHeld || isTrue(status, 'StockSold') || mayBeSold) return undefined
    return { reason: 'HoldLost', message: whyNoHold(facts) }
  }
  return ofReservation(facts, held)
}

function ofReservation(
  { order, lends }: OrderFacts,
  reservation: NonNullable<OrderFacts['reservation']>,
): Objection | undefined {
  const { phase, reason = 'Undone', message = '' } = reservation.status ?? {}
  const begun = order.status?.payment !== undefined
  if (isFinished(phase)) {
    if (phase === 'Rejected') return { reason, message }
    return { reason: (phase && lostBy[phase]) ?? 'HoldLost', message: `its reservation is ${phase}: ${message}` }
  }
  if (begun) return undefined
  if (phase === 'Confirmed')
    return { reason: 'StockSoldByOthers', message: `its reservation was confirmed by somebody before it was paid` }
  return phase === 'Reserved' ? priceObjection(order.spec, reservation, lends) : undefined
}
