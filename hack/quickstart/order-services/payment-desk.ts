import { type KeyMemory, rememberedKeys } from './remembered-keys.ts'
import { no, nowhere, type Service, type ServiceAnswer, type ServiceRequest } from './service.ts'

export interface Payment {
  readonly id: string
  readonly reference: string
  readonly state: 'authorised' | 'taken' | 'refunded' | 'voided' | 'declined'
  /** In the smallest coin. */
  readonly amount: number
  readonly currency: string
  readonly createdAt: string
}

export interface PaymentDeskOptions extends KeyMemory {
  /** Why this method is not taken; undefined = it is. */
  readonly refusal: (method: string) => { readonly reason: string; readonly detail: string } | undefined
  /** Whether it looks for a payment under the same reference before it begins another one; many providers don't. */
  readonly oncePerReference: boolean
}

export interface PaymentDesk {
  readonly service: Service
  /** In the order in which they were begun. */
  payments(): readonly Payment[]
}

const MOST_OF_A_PAGE = 100
const isText = (given: unknown): given is string => typeof given === 'string' && given !== ''

/** A payment provider that has no money: it does by config/orders/payments.yaml what others do with some. */
export function paymentDesk({ now, windowMs, refusal, oncePerReference }: PaymentDeskOptions): PaymentDesk {
  const payments: Payment[] = []
  const onceForEachKey = rememberedKeys({ now, windowMs })
  const latest = (reference: string) => payments.findLast((one) => one.reference === reference)

  function added(payment: Omit<Payment, 'id' | 'createdAt'>): Payment {
    const made = { id: `pay-${payments.length + 1}`, ...payment, createdAt: new Date(now()).toISOString() }
    payments.push(made)
    return made
  }

  function changed(payment: Payment, state: Payment['state']): ServiceAnswer {
    const made = { ...payment, state }
    payments[payments.indexOf(payment)] = made
    return { status: 200, body: made }
  }

  function begin({ body }: ServiceRequest): ServiceAnswer {
    const lacking = lackingIn(body)
    if (lacking) return lacking
    const reference = String(body['reference'])
    const before = latest(reference)
    if (before?.state === 'voided') return no(409, 'Voided', 'this payment was voided')
    if (oncePerReference && before && before.state !== 'declined')
      return no(409, 'PaymentExists', `${before.id} was begun under this reference`)
    const why = refusal(String(body['method']))
    const state = why ? 'declined' : body['capture'] === true ? 'taken' : 'authorised'
    const payment = added({ ...amountIn(body), reference, state })
    return why ? no(402, why.reason, why.detail) : { status: 201, body: payment }
  }

  function go(body: ServiceRequest['body'], reference: string, verb: Verb): ServiceAnswer {
    const payment = latest(reference)
    if (!payment && verb === 'void')
      return { status: 200, body: added({ ...amountIn(body), reference, state: 'voided' }) }
    if (!payment) return unknown
    const move = moves[verb]
    if (payment.state === move.to) return { status: 200, body: payment }
    if (!move.from.has(payment.state)) return no(409, move.else, `the payment is ${payment.state}`)
    const { amount, currency } = amountIn(body)
    if (amount !== payment.amount || currency !== payment.currency)
      return no(422, 'OtherAmount', `the payment is of ${payment.amount} ${payment.currency}`)
    return changed(payment, move.to)
  }

  function found(reference: string): ServiceAnswer {
    const payment = latest(reference)
    return payment ? { status: 200, body: payment } : unknown
  }

  function service(request: ServiceRequest): ServiceAnswer {
    const { method, path, query, body } = request
    const [, reference, verb] = /^\/payments(?:\/([^/]+)(?:\/(capture|void|refund))?)?$/.exec(path) ?? [path]
    if (path !== '/payments' && reference === undefined) return nowhere
    if (method === 'POST') {
      if (reference === undefined) return onceForEachKey(request, () => begin(request))
      return verb === undefined ? nowhere : onceForEachKey(request, () => go(body, reference, verb as Verb))
    }
    if (method !== 'GET' || verb !== undefined) return nowhere
    return reference === undefined ? pageOf(payments, query) : found(reference)
  }

  return { service, payments: () => [...payments] }
}

const unknown = no(404, 'UnknownPayment', 'no payment was begun under this reference')

const amountIn = ({ amount, currency }: ServiceRequest['body']) => ({
  amount: Number(amount),
  currency: String(currency),
})

type Verb = keyof typeof moves

const moves = {
  capture: { from: new Set<Payment['state']>(['authorised']), to: 'taken', else: 'NotAuthorised' },
  void: { from: new Set<Payment['state']>(['authorised', 'declined']), to: 'voided', else: 'AlreadyTaken' },
  refund: { from: new Set<Payment['state']>(['taken']), to: 'refunded', else: 'NothingTaken' },
} as const

/** What a payment can't be begun without. */
function lackingIn({
  reference,
  customer,
  method,
  currency,
  amount,
}: ServiceRequest['body']): ServiceAnswer | undefined {
  if (![reference, customer, method, currency].every(isText))
    return no(422, 'Incomplete', 'reference, customer, method and currency are texts')
  if (!Number.isSafeInteger(amount) || Number(amount) <= 0)
    return no(422, 'NoAmount', 'amount is a whole number of the smallest coin, above 0')
  return undefined
}

/** `cursor` is the place in the list to go on from. */
function pageOf(payments: readonly Payment[], query: URLSearchParams): ServiceAnswer {
  const [from, to] = [Date.parse(query.get('from') ?? ''), Date.parse(query.get('to') ?? '')]
  const limit = Math.min(Number(query.get('limit') ?? MOST_OF_A_PAGE), MOST_OF_A_PAGE)
  const start = Number(query.get('cursor') ?? 0)
  if (Number.isNaN(from) || Number.isNaN(to) || !(limit >= 1) || !(start >= 0))
    return no(400, 'BadQuery', 'from and to are times, limit is from 1 to 100, and cursor is the next of a page before')
  const meant = payments.filter(({ createdAt }) => Date.parse(createdAt) >= from && Date.parse(createdAt) <= to)
  const end = start + limit
  return { status: 200, body: { payments: meant.slice(start, end), ...(end < meant.length && { next: String(end) }) } }
}
