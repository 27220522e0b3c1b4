import type { Behaviour } from '../../hack/quickstart/order-services/behaviour.ts'
import type { Payment } from '../../hack/quickstart/order-services/payment-desk.ts'
import { KEY_WINDOW_MS, methods } from '../../hack/quickstart/order-services/stand-in.ts'
import type { NewPayment, PaymentProvider } from '../../operator/application/order/payment-provider.ts'
import type { ServiceCall } from '../../operator/application/order/service-call.ts'

export interface PaymentProviderUnderTest {
  readonly provider: PaymentProvider
  /** The same one, asked by somebody who waits no longer than `hastyMs` for an answer; `provider` waits for long. */
  readonly hasty: PaymentProvider
  /** How the provider behaves from now on, to whatever it is asked. */
  behave(behaviour: Behaviour): void
  /** The provider's own books. */
  payments(): readonly Payment[]
  /** Lets time pass for the provider and for whoever waits for it. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** Of the provider under test. */
export const keyWindowMs = KEY_WINDOW_MS
export const hastyMs = 500
/** A method that it declines. */
export const declinedMethod = methods.declined

export const calm = (): AbortSignal => new AbortController().signal

export function aCall(key: string, particular: Partial<ServiceCall> = {}): ServiceCall {
  return { key, maySend: () => true, signal: calm(), ...particular }
}

export function aPayment(reference: string, particular: Partial<NewPayment> = {}): NewPayment {
  const amount = { minor: 69_800, currency: 'EUR' }
  return { reference, customer: 'ana', method: 'card-1', amount, ...particular }
}

/** The states of all payments that the provider has under this reference. */
export function statesOf(subject: PaymentProviderUnderTest, { reference }: NewPayment): Payment['state'][] {
  const own = subject.payments().filter((one) => one.reference === reference)
  return own.map(({ state }) => state)
}

/** The state of the payment that is found under this reference, or what the answer is instead. */
export async function foundOf({ provider }: PaymentProviderUnderTest, { reference }: NewPayment): Promise<string> {
  const answer = await provider.find(reference, { key: 'find', signal: calm() })
  return answer.kind === 'found' ? answer.payment.state : answer.kind
}
