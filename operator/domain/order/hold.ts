import { parseDurationMs } from '../duration.ts'
import { type Money, samePrice } from '../money.ts'
import type { Reservation } from '../reservation/reservation.ts'
import { isPast, type OrderFacts } from './decision.ts'
import { inMinorUnits } from './minor-units.ts'
import type { OrderPhase, OrderSpec } from './order.ts'
import type { OrderReason } from './order-reasons.ts'

export interface Objection {
  readonly reason: OrderReason
  readonly message: string
}

/** Why what is held can't be paid as the order says; undefined = it can. */
export function priceObjection(
  { payment }: OrderSpec,
  { status }: Reservation,
  lends: boolean | undefined,
): Objection | undefined {
  const { items = [], totalPrice: totals = [] } = status ?? {}
  const [total, second] = totals
  if (lends) return notPayable('units of one of its stocks come back, and are priced by the hour')
  if (!total || items.some(({ unitPrice }) => !unitPrice)) return notPayable('one of its stocks has no price')
  if (second) {
    const message = `its items cost ${totals.map(textOf).join(' and ')}; make an order for each currency`
    return { reason: 'SeveralCurrencies', message }
  }
  if (!inMinorUnits(total))
    return notPayable(
      `${textOf(total)} can't be paid: it is nothing, no whole number of coins, or more than ${Number.MAX_SAFE_INTEGER} of them`,
    )
  if (isAsAsked({ payment }, total)) return undefined
  const message = `its items cost ${textOf(total)}, not ${textOf(payment.amount)} as the order says; place another one`
  return { reason: 'PriceChanged', message }
}

/** Whether this is what the order says that it is to be paid. */
export function isAsAsked({ payment }: Pick<OrderSpec, 'payment'>, said: Money): boolean {
  return samePrice(said, payment.amount)
}

function notPayable(message: string): Objection {
  return { reason: 'NotPayable', message }
}

export function textOf({ amount, currency }: { readonly amount: string; readonly currency: string }): string {
  return `${amount} ${currency}`
}

/** What of its stock's reservation may be looked at as what was held for it. */
type Held = Pick<OrderFacts, 'order' | 'reservation' | 'ours'>

/** The reservation that holds its stock; undefined = there is none, or another one has its name by now, or is marked as another's. */
export function holdOf({ order, reservation, ours }: Held): Reservation | undefined {
  const { reservationUid } = order.status ?? {}
  const isSame = reservationUid === undefined || reservationUid === reservation?.uid
  return ours && isSame ? reservation : undefined
}

/** What became of a hold that `holdOf` does not find. */
export function whyNoHold({ reservation }: Pick<Held, 'reservation'>): string {
  if (!reservation) return 'its reservation was deleted by somebody'
  return `its reservation was deleted or marked otherwise by somebody: what is called ${reservation.name} now is another one`
}

/** A hold that ends sooner than this while it is paid is extended; longer than the longest pause between two looks. */
const EXTEND_BEFORE_MS = 90_000
/** Times in statuses are cut off. */
const GRAIN_MS = 1_000

/** The ttl in ms that the hold of an order needs to outlast what its payment waits for; undefined = none, or no longer one can be had. */
export function longerTtlMs(facts: OrderFacts): number | undefined {
  const { order, now, terms } = facts
  const hasMs = extensibleMs(facts)
  if (hasMs === undefined) return undefined
  const leftMs = Date.parse(holdOf(facts)?.status?.expiresAt ?? '') - now
  const neededMs = EXTEND_BEFORE_MS + (terms?.longestCallMs ?? 0)
  if (leftMs <= 0 || leftMs > neededMs) return undefined
  const ttlMs = parseDurationMs(order.spec.ttl) || neededMs
  return hasMs + ttlMs * (Math.floor((neededMs - leftMs) / ttlMs) + 1) // at once, as each write costs one
}

/** For how long it is held in all, where that may become longer. */
function extensibleMs(facts: OrderFacts): number | undefined {
  const reservation = holdOf(facts)
  const { reservedAt, expiresAt, phase, observedGeneration } = reservation?.status ?? {}
  if (facts.refused.extend !== undefined) return undefined
  if (!reservation || phase !== 'Reserved' || reservedAt === undefined || expiresAt === undefined) return undefined
  if (observedGeneration !== reservation.generation) return undefined // the last extension is not decided yet
  const hasMs = Date.parse(expiresAt) - Date.parse(reservedAt)
  const isCut = (reservation.spec.ttlMs ?? 0) > hasMs + GRAIN_MS // at the longest hold of its stocks
  return isCut ? undefined : hasMs
}

/** Longer than any stock takes that is served, beside what the order may wait in line. */
const UNDECIDED_FOR_MS = 3_600_000

/** Nothing was decided about its stock for longer than that may take, since it is in this phase. */
export function isUndecided(facts: OrderFacts, phase: OrderPhase): boolean {
  const { status, spec } = facts.order
  const mayTakeMs = UNDECIDED_FOR_MS + (phase === 'Reserving' ? (parseDurationMs(spec.waitFor) ?? 0) : 0)
  return status?.phase === phase && isPast(facts, status.phaseSince, mayTakeMs)
}
