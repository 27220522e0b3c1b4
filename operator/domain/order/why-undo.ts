import { isFinished, type Phase } from '../reservation/reservation.ts'
import type { OrderFacts } from './decision.ts'
import { type Objection, priceObjection, textOf } from './hold.ts'
import { inMinorUnits, sameAmount } from './minor-units.ts'
import { isTrue } from './order.ts'
import type { OrderReason } from './order-reasons.ts'

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
function isUnclear({ order: { status }, reservation }: OrderFacts): boolean {
  const { state } = status?.payment ?? {}
  const mayBeSold =
    isTrue(status, 'StockHeld') && (state === 'Authorised' || state === 'Taken' || state === 'Capturing')
  return reservation === undefined && (isTrue(status, 'StockSold') || mayBeSold)
}

function ofPayment({ order, terms, now }: OrderFacts): Objection | undefined {
  const { spec, status } = order
  const { payment } = status ?? {}
  if (!payment) {
    if (terms) return undefined
    const message = `the settings have no payment provider called ${spec.payment.provider}`
    return { reason: 'ProviderUnknown', message }
  }
  if (payment.state === 'Declined' || payment.state === 'Voided') {
    const reason = isTrue(status, 'StockSold') ? 'CaptureRefused' : 'PaymentDeclined'
    return { reason, message: 'nothing was taken' }
  }
  if (payment.state === 'Refunded') return { reason: 'PaymentDeclined', message: 'the money was given back' }
  if (payment.state === 'Intended' && now - Date.parse(status?.phaseSince ?? '') > PAYING_FOR_MS)
    return { reason: 'PaymentUnavailable', message: `provider ${payment.provider} could not be reached` }
  return differs(payment, spec.payment.amount)
}

type Amount = { readonly amount: string; readonly currency: string }

function differs(said: Amount, asked: Amount): Objection | undefined {
  const [a, b] = [inMinorUnits(said), inMinorUnits(asked)]
  if (a && b && sameAmount(a, b)) return undefined
  return { reason: 'AmountDiffers', message: `the provider says ${textOf(said)}, the order ${textOf(asked)}` }
}

const lostBy: Readonly<Partial<Record<Phase, OrderReason>>> = { Expired: 'HoldExpired', Released: 'HoldLost' }

function ofStock(facts: OrderFacts): Objection | undefined {
  const { order, reservation, ours } = facts
  const { status } = order
  if (reservation && !ours) {
    const message = `Reservation ${reservation.name} exists and was not made for this order`
    return { reason: 'NameTaken', message }
  }
  const paid = status?.payment?.state
  if (!reservation) {
    // what may have been confirmed before it was deleted may be sold: that is not for us to say
    const mayBeSold = paid === 'Authorised' || paid === 'Taken'
    if (!isTrue(status, 'StockHeld') || isTrue(status, 'StockSold') || mayBeSold) return undefined
    return { reason: 'HoldLost', message: 'its reservation was deleted by somebody' }
  }
  return ofReservation(facts, reservation)
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
