import type { OrderAnswer, OrderCall, ServiceAnswer } from '../../domain/order/decision.ts'
import { inMinorUnits, inMoney } from '../../domain/order/minor-units.ts'
import { type Order, orderIdOf } from '../../domain/order/order.ts'
import { keyOfStep, type MoneyCall } from '../../domain/order/payment.ts'
import type { MoneyAnswer } from '../../domain/order/payment-answer.ts'
import { messageOf } from '../message-of.ts'
import type { CalledService, CallTerms, MadeCall } from './order-calls.ts'
import type { OrderNotices } from './order-notices.ts'
import type { BegunPayment, Found, PaymentProvider, PaymentProviders } from './payment-provider.ts'
import type { NoAnswer, ServiceCall } from './service-call.ts'
import type { UserCheck } from './user-check.ts'

/** Whom orders are checked with, paid at, and told by. */
export interface OrderServices {
  readonly users: UserCheck
  readonly payments: PaymentProviders
  readonly notices: OrderNotices
}

/** What is not said of a service. */
const AT_ONCE = 32

/** The service that a call goes to, as metrics and lines name it. */
export function serviceOf({ users, payments, notices }: OrderServices, order: Order, call: OrderCall): CalledService {
  if (call === 'check') return { name: `users ${users.name}`, atOnce: users.atOnce ?? AT_ONCE }
  if (call === 'notify') return { name: `notices ${notices.name}`, atOnce: notices.atOnce ?? AT_ONCE }
  const name = order.status?.payment?.provider ?? order.spec.payment.provider
  return { name: `payments ${name}`, atOnce: payments.get(name)?.atOnce ?? AT_ONCE }
}

/** Makes one call of an order, once, and says what came of it in the words of the domain. An adapter that breaks its word and throws may have sent it. */
export async function makeCall(
  services: OrderServices,
  order: Order,
  name: OrderCall,
  terms: CallTerms,
): Promise<MadeCall> {
  try {
    return await called(services, order, name, terms)
  } catch (error) {
    const answer = { kind: 'unknown', reason: messageOf(error) } as const
    return { answer: { of: name, answer } }
  }
}

async function called(services: OrderServices, order: Order, name: OrderCall, terms: CallTerms): Promise<MadeCall> {
  const { intent } = order.status?.payment ?? {}
  const call = { ...terms, key: intent?.call === name ? intent.key : keyOfStep(order, name) }
  if (name === 'check') {
    const { namespace, uid, spec } = order
    const answer = await services.users.check({ namespace, customer: spec.customer, order: uid }, call)
    return made({ of: name, answer: served(answer, 'valid') }, answer)
  }
  if (name === 'notify') {
    const answer = await services.notices.send(noticeOf(order), call)
    return made({ of: name, answer: served(answer, 'accepted') }, answer)
  }
  const provider = services.payments.get(order.status?.payment?.provider ?? order.spec.payment.provider)
  if (!provider)
    return { answer: { of: name, answer: { kind: 'notSent', reason: 'the settings have no such provider' } } }
  const said = name === 'find' ? await provider.find(order.uid, call) : await move(provider, order, name, call)
  return made({ of: name, answer: moneyAnswer(said) }, said)
}

/** Nothing of it was done at the other side, and nothing of the next one would be. What is forbidden may be so for one payment alone. */
const unreached: ReadonlySet<string> = new Set(['BreakerOpen', 'NoConnection', 'NoCredentials', 'Http401'])

function made(answer: OrderAnswer, said: object): MadeCall {
  const { retryAfterMs, cause = '', reason = '' } = said as Partial<NoAnswer>
  return {
    answer,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(unreached.has(cause) && { unreached: reason }),
  }
}

type Served =
  | { readonly kind: 'valid' | 'accepted' }
  | { readonly kind: 'refused'; readonly message: string }
  | NoAnswer

function served(said: Served, good: 'valid' | 'accepted'): ServiceAnswer {
  if (said.kind === good) return { kind: 'yes' }
  if (said.kind === 'refused') return { kind: 'no', message: said.message }
  return said as Extract<ServiceAnswer, { reason: string }>
}

function noticeOf(order: Order) {
  const { namespace, name, uid, spec, status } = order
  const amount = inMinorUnits(status?.payment ?? spec.payment.amount) ?? {
    minor: 0,
    currency: spec.payment.amount.currency,
  }
  const summary = spec.items.map(({ stock, quantity }) => `${stock}×${quantity}`).join(', ')
  return { namespace, order: name, uid, orderId: orderIdOf(order), customer: spec.customer, amount, summary }
}

/** Amounts are those that were stored, so that the same call says the same each time; where a provider has said nothing at all, what was asked of it. */
function begun({ uid, spec, status }: Order): BegunPayment {
  const amount = inMinorUnits(status?.payment ?? spec.payment.amount) ?? inMinorUnits(spec.payment.amount)
  if (!amount) throw new Error(`the amount of the order with uid ${uid} can't be paid`) // checked before it was stored
  return { reference: uid, amount }
}

type Moved = Awaited<ReturnType<PaymentProvider[MoneyCall]>>

function move(provider: PaymentProvider, order: Order, name: MoneyCall, call: ServiceCall): Promise<Moved> {
  const payment = begun(order)
  if (name !== 'authorise' && name !== 'charge') return provider[name](payment, call)
  const {
    customer,
    payment: { method },
  } = order.spec
  return provider[name]({ ...payment, customer, method }, call)
}

function moneyAnswer(said: Moved | Found): MoneyAnswer {
  switch (said.kind) {
    case 'authorised':
    case 'taken':
    case 'refunded':
      return { kind: said.kind, reference: said.providerReference, amount: inMoney(said.amount) }
    case 'found':
      return found(said.payment)
    default:
      return said
  }
}

function found({
  state,
  providerReference: reference,
  amount,
}: Extract<Found, { kind: 'found' }>['payment']): MoneyAnswer {
  switch (state) {
    case 'authorised':
    case 'taken':
    case 'refunded':
      return { kind: state, reference, amount: inMoney(amount) }
    case 'declined':
      return { kind: state, message: 'the provider has declined it' }
    case 'pending':
    case 'voided':
      return { kind: state }
  }
}
