import type {
  BegunPayment,
  Declined,
  Found,
  NewPayment,
  PaymentProvider,
  ProviderPayment,
  Settled,
} from '../../application/order/payment-provider.ts'
import type { NoAnswer, ServiceCall } from '../../application/order/service-call.ts'
import type { RemoteApi } from '../remote-api/remote-api.ts'
import { paymentIn, settledIn } from './payment-answers.ts'
import { listedPayments } from './payment-list.ts'
import { undecided, unreadable, wordIn } from './word.ts'

/** What settings say of a provider. */
export type PaymentTerms = Pick<PaymentProvider, 'name' | 'moves' | 'keyWindowMs' | 'longestCallMs'>

/** A payment provider as config/orders/payments.yaml describes it. */
export function httpPaymentProvider(
  api: RemoteApi,
  { name, moves, keyWindowMs, longestCallMs }: PaymentTerms,
): PaymentProvider {
  async function moved(
    { path, reference, ...content }: Step,
    wanted: ProviderPayment['state'],
    { key, maySend, signal }: ServiceCall,
  ): Promise<ProviderPayment | Declined | NoAnswer> {
    const [body, headers] = [JSON.stringify(content.body), { 'idempotency-key': key }]
    const asked = `POST ${path}`
    const reply = await api.call({ asker: reference, method: 'POST', path, headers, body, maySend }, signal)
    const word = wordIn(reply, asked)
    return word.kind === 'yes' || word.kind === 'no' ? settledIn(word, { reference, wanted, asked }) : word
  }

  async function find(reference: string, signal: AbortSignal): Promise<Found> {
    const path = pathOf(reference)
    const asked = `GET ${path}`
    const word = wordIn(await api.call({ asker: reference, method: 'GET', path }, signal), asked)
    if (word.kind === 'no')
      return word.status === 404 && word.reason === 'UnknownPayment' ? { kind: 'none' } : undecided(word, asked)
    if (word.kind !== 'yes') return word
    const payment = paymentIn(word.fields)
    if (payment?.reference === reference) return { kind: 'found', payment }
    return unreadable(`${asked} is answered without this payment, or not in a way that can be read`)
  }

  return {
    ...{ name, moves, keyWindowMs, longestCallMs, atOnce: api.concurrency },
    authorise: async (payment, call) => as('authorised', await moved(begun(payment, false), 'authorised', call)),
    charge: async (payment, call) => as('taken', await moved(begun(payment, true), 'taken', call)),
    capture: async (payment, call) => as('taken', await moved(step(payment, 'capture'), 'taken', call)),
    void: async (payment, call) => as('voided', await moved(step(payment, 'void'), 'voided', call)),
    refund: async (payment, call) => as('refunded', await moved(step(payment, 'refund'), 'refunded', call)),
    find: (reference, { signal }) => find(reference, signal),
    list: (from, to, signal) => listedPayments(api, { from, to }, signal),
  }
}

function pathOf(reference: string): string {
  return `/payments/${encodeURIComponent(reference)}`
}

/** One call that moves money, or gives it back. */
interface Step {
  readonly path: string
  readonly reference: string
  readonly body: object
}

function begun({ amount: { minor: amount, currency }, ...payment }: NewPayment, capture: boolean): Step {
  return { path: '/payments', reference: payment.reference, body: { ...payment, amount, currency, capture } }
}

function step(
  { reference, amount: { minor: amount, currency } }: BegunPayment,
  verb: 'capture' | 'void' | 'refund',
): Step {
  return { path: `${pathOf(reference)}/${verb}`, reference, body: { amount, currency } }
}

function as<K extends string>(
  kind: K,
  came: ProviderPayment | Declined | NoAnswer,
): ({ readonly kind: K } & Settled) | Declined | NoAnswer {
  if ('kind' in came) return came
  return { kind, providerReference: came.providerReference, amount: came.amount }
}
