import { inMinorUnits, inMoney, type MinorUnits, sameAmount } from '../../domain/order/minor-units.ts'
import type { Order } from '../../domain/order/order.ts'
import type { PaymentState } from '../../domain/order/payment.ts'
import type { ProviderPayment } from '../order/payment-provider.ts'

/** What providers say of themselves, by their names in the settings; one that is missing was not asked. */
export type PaymentLists = ReadonlyMap<string, PaymentList>

/** By reference. */
export type PaymentList = ReadonlyMap<string, readonly ProviderPayment[]>

export interface PaymentAudit {
  /** The provider was asked. */
  readonly compared: boolean
  /** It has given back what it had taken, and has nothing more. */
  readonly isRefunded: boolean
  readonly messages: readonly string[]
}

type ProviderState = ProviderPayment['state'] | 'none'

/** What a provider may have of a payment whose order says this; of the others nobody knows anything. */
const agreeing: Readonly<Partial<Record<PaymentState, readonly ProviderState[]>>> = {
  Authorised: ['authorised'],
  Capturing: ['authorised', 'taken'],
  Taken: ['taken'],
  Voiding: ['none', 'pending', 'authorised', 'voided', 'declined', 'taken'],
  Voided: ['none', 'voided', 'declined'],
  Refunding: ['taken', 'refunded'],
  Refunded: ['refunded'],
  Declined: ['none', 'voided', 'declined'],
}

const holdsMoney: ReadonlySet<ProviderState> = new Set(['authorised', 'taken'])

/**
 * Compares what an order says of its money with its provider's own list: paid exactly where it is sold, and once.
 * `mayBeBack`: also what was paid and sold may be refunded, as its stock is back.
 */
export function auditPayment(order: Order, lists: PaymentLists, mayBeBack = false): PaymentAudit {
  const { provider } = order.status?.payment ?? order.spec.payment
  const payments = paymentsOf(order, lists.get(provider))
  if (!payments) return { compared: false, isRefunded: false, messages: [] }
  const open = payments.filter(({ state }) => holdsMoney.has(state))
  if (open.length > 1) return { compared: true, isRefunded: false, messages: [twice(provider, open)] }
  const payment = open[0] ?? payments.at(-1)
  const isRefunded = payment?.state === 'refunded'
  const end = isRefunded && mayBeBack ? [] : endOf(order, payment)
  return { compared: true, isRefunded, messages: [...end, ...amountOf(order, payment)] }
}

/** Undefined: nobody knows. What one from a backup has paid may be older than the list. */
function paymentsOf(
  { uid, opened = uid }: Order,
  list: PaymentList | undefined,
): readonly ProviderPayment[] | undefined {
  return list?.get(opened) ?? (list && opened === uid ? [] : undefined)
}

function twice(provider: string, payments: readonly ProviderPayment[]): string {
  const each = payments.map((one) => `${textOf(one.amount)} (${one.providerReference}, ${one.state})`)
  return `is charged ${payments.length} times: ${provider} has ${each.join(' and ')}`
}

/** Over: paid where it is Completed, and nothing taken where it is Cancelled. Else: as it says itself. */
function endOf(order: Order, payment: ProviderPayment | undefined): string[] {
  const { status } = order
  const state = payment?.state ?? 'none'
  if (status?.phase === 'Completed' && state !== 'taken')
    return [`is Completed, its stock is sold, and ${has(order, payment)}: it is not paid`]
  if (status?.phase === 'Cancelled' && (holdsMoney.has(state) || state === 'pending'))
    return [`is Cancelled, and ${has(order, payment)}: it is to be ${state === 'taken' ? 'refunded' : 'voided'}`]
  return otherwise(order, payment)
}

function otherwise(order: Order, payment: ProviderPayment | undefined): string[] {
  const { payment: said } = order.status ?? {}
  const state = payment?.state ?? 'none'
  if (!said) return state === 'none' ? [] : [`says nothing of a payment, and ${has(order, payment)}`]
  const agrees = agreeing[said.state]?.includes(state) ?? true
  return agrees ? [] : [`says that its payment is ${said.state}, and ${has(order, payment)}`]
}

function has(order: Order, payment: ProviderPayment | undefined): string {
  const { provider } = order.status?.payment ?? order.spec.payment
  if (!payment) return `${provider} knows no payment of it`
  return `${provider} has ${textOf(payment.amount)} ${payment.state} for it (${payment.providerReference})`
}

/** What was taken or given back is what the order is about; of the rest no amount matters. */
function amountOf({ spec }: Order, payment: ProviderPayment | undefined): string[] {
  if (!payment || !(holdsMoney.has(payment.state) || payment.state === 'refunded')) return []
  const asked = inMinorUnits(spec.payment.amount)
  if (asked && sameAmount(asked, payment.amount)) return []
  const { amount, currency } = spec.payment.amount
  return [`is of ${amount} ${currency}, and the provider has ${textOf(payment.amount)} (${payment.providerReference})`]
}

function textOf(minor: MinorUnits): string {
  const { amount, currency } = inMoney(minor)
  return `${amount} ${currency}`
}
