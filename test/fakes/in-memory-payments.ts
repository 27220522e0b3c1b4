import { type PaymentDesk, paymentDesk } from '../../hack/quickstart/order-services/payment-desk.ts'
import { methods } from '../../hack/quickstart/order-services/stand-in.ts'
import type { Clock } from '../../operator/application/clock.ts'
import type { PaymentProvider } from '../../operator/application/order/payment-provider.ts'
import { httpPaymentProvider, type PaymentTerms } from '../../operator/infrastructure/orders/http-payment-provider.ts'
import { type InMemoryApi, inMemoryApi } from './in-memory-api.ts'

/** A provider without a network, asked by the adapter that asks real ones. */
export interface InMemoryPayments extends Pick<PaymentDesk, 'payments'> {
  readonly provider: PaymentProvider
  /** How it behaves, and what has reached it. */
  readonly api: InMemoryApi
}

export interface InMemoryPaymentsOptions extends PaymentTerms {
  readonly clock: Pick<Clock, 'now' | 'schedule'>
  readonly timeoutMs: number
  /** Else it takes money once more where it has forgotten a key, or is given another one. */
  readonly oncePerReference: boolean
}

export function inMemoryPayments({
  clock,
  timeoutMs,
  oncePerReference,
  ...terms
}: InMemoryPaymentsOptions): InMemoryPayments {
  const empty = { reason: 'InsufficientFunds', detail: 'there is no money on it' }
  const { service, payments } = paymentDesk({
    ...{ now: clock.now, windowMs: terms.keyWindowMs, oncePerReference },
    refusal: (method) => (method === methods.declined ? empty : undefined),
  })
  const api = inMemoryApi({ name: terms.name, service, clock, timeoutMs })
  return { provider: httpPaymentProvider(api, terms), api, payments }
}
