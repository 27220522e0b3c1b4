import { parseDurationMs } from '../duration.ts'
import { samePrice } from '../money.ts'
import type { Reservation } from '../reservation/reservation.ts'
import type { OrderFacts } from './decision.ts'
import { inMinorUnits } from './minor-units.ts'
import type { OrderSpec } from './order.ts'
import type { OrderReason } from './order-reasons.ts'

export interface Objection {
  readonly reason: OrderReason
  readonly message: string
}

/** Why what is held can't be paid as the order says; undefined = it can. */
export function priceObjection({ payment }: OrderSpec, { status }: Reservation, lends: boolean): Objection | undefined {
  const { items = [], totalPrice: totals = [] } = status ?? {}
  const [total, second] = totals
  if (lends) return notPayable('units of one of its stocks come back, and are priced by the hour')
  if (!total || items.some(({ unitPrice }) => !unitPrice)) return notPayable('one of its stocks has no price')
  if (second) {
    const message = `its items cost ${totals.map(textOf).join(' and ')}; make an order for each currency`
    return { reason: 'SeveralCurrencies', message }
  }
  if (!inMinorUnits(total))
    return notPayable(`${textOf(total)} can't be paid: it is nothing, or no whole number of coins`)
  if (samePrice(total, payment.amount)) return undefined
  const message = `its items cost ${textOf(total)}, not ${textOf(payment.amount)} as the order says; place another one`
  return { reason: 'PriceChanged', message }
}

function notPayable(message: string): Objection {
  return { reason: 'NotPayable', message }
}

export function textOf({ amount, currency }: { readonly amount: string; readonly currency: string }): string {
  return `${amount} ${currency}`
}

/** A hold that ends sooner than this while it is paid is extended; longer than the longest pause between two looks. */
const EXTEND_BEFORE_MS = 90_000
/** Times in statuses are cut off. */
const GRAIN_MS = 1_000

/** The ttl in ms that the hold of an order needs to outlast what its payment waits for; undefined = none, or no longer one can be had. */
export function longerTtlMs({ order, reservation, now, terms }: OrderFacts): number | undefined {
  const { reservedAt, expiresAt, phase, observedGeneration } = reservation?.status ?? {}
  if (!reservation || phase !== 'Reserved' || reservedAt === undefined || expiresAt === undefined) return undefined
  const leftMs = Date.parse(expiresAt) - now
  if (leftMs <= 0 || leftMs > EXTEND_BEFORE_MS + (terms?.longestCallMs ?? 0)) return undefined
  if (observedGeneration !== reservation.generation) return undefined // the last extension is not decided yet
  const hasMs = Date.parse(expiresAt) - Date.parse(reservedAt)
  if ((reservation.spec.ttlMs ?? 0) > hasMs + GRAIN_MS) return undefined // cut at the longest hold of its stocks
  return hasMs + (parseDurationMs(order.spec.ttl) ?? 0)
}
