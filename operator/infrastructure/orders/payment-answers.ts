import type { Declined, ProviderPayment } from '../../application/order/payment-provider.ts'
import type { NoAnswer } from '../../application/order/service-call.ts'
import { undecided, unreadable, type Word } from './word.ts'

type State = ProviderPayment['state']

const states: ReadonlySet<unknown> = new Set<State>([
  ...(['pending', 'authorised', 'taken', 'refunded', 'voided', 'declined'] as const),
])
/** With these the provider says no for good: nothing was changed. */
const decisive: ReadonlySet<number> = new Set([402, 404, 409, 422])
/** Noes that tell nothing of what an earlier call has done under this reference or key: it has to be looked up. */
const tellingNothing: ReadonlySet<string> = new Set(['InProgress', 'KeyReused', 'PaymentExists'])

/** The payment in an answer that has to be in `wanted`; else what came of the call instead. */
export function settledIn(
  word: Word,
  { reference, wanted, asked }: { readonly reference: string; readonly wanted: State; readonly asked: string },
): ProviderPayment | Declined | NoAnswer {
  if (word.kind === 'no') return refusalIn(word, asked)
  const payment = paymentIn(word.fields)
  if (!payment) return unreadable(`${asked} is answered without a payment that can be read`)
  if (payment.reference !== reference) return unreadable(`${asked} is answered about another payment`)
  if (payment.state === wanted) return payment
  if (payment.state === 'declined')
    return { kind: 'declined', reason: 'Declined', message: 'the provider has declined the payment' }
  const reason = `${asked} is answered, and the payment is ${payment.state} instead of ${wanted}`
  return { kind: 'unknown', cause: payment.state === 'pending' ? 'Pending' : 'OtherState', reason }
}

function refusalIn(word: Extract<Word, { kind: 'no' }>, asked: string): Declined | NoAnswer {
  const { status, reason, message } = word
  if (!decisive.has(status)) return undecided(word, asked)
  if (!tellingNothing.has(reason)) return { kind: 'declined', reason, message }
  return { kind: 'unknown', cause: reason, reason: `${asked} is answered ${status} ${reason}: ${message}` }
}

const LONGEST_ID = 200
const isId = (given: unknown): given is string =>
  typeof given === 'string' && given.length <= LONGEST_ID && /^[\x21-\x7e]+$/.test(given)
const isCurrency = (given: unknown): given is string => typeof given === 'string' && /^[A-Z]{3}$/.test(given)
const isCount = (given: unknown): given is number => Number.isSafeInteger(given) && Number(given) >= 0

/** Undefined: it lacks something, or something is not what config/orders/payments.yaml says. */
export function paymentIn(fields: Readonly<Record<string, unknown>>): ProviderPayment | undefined {
  const { id, reference, state, amount, currency, createdAt } = fields
  const at = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN
  if (!isId(id) || !isId(reference) || !states.has(state) || Number.isNaN(at)) return undefined
  if (!isCount(amount) || !isCurrency(currency)) return undefined
  return { providerReference: id, reference, state: state as State, amount: { minor: amount, currency }, at }
}
