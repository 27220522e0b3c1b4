import { samePrice } from '../money.ts'
import { isFinished } from '../reservation/reservation.ts'
import {
  type Change,
  type OrderAnswer,
  type OrderDecision,
  type OrderFacts,
  report,
  type ServiceAnswer,
  wait,
} from './decision.ts'
import {
  isOver,
  isTrue,
  type OrderConditionType,
  type OrderOperation,
  type OrderSpec,
  type OrderStatus,
} from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import { afterAnswer, type MoneyAnswer, type PaymentState, type PaymentStatus } from './payment.ts'

/** Who can't be asked about a customer for so long refuses the order. */
const CHECK_FOR_MS = 300_000
/** Who can't be told of an order for so long is not told. */
const TELL_FOR_MS = 86_400_000

/** What the answer of the last call changes for good; undefined = nothing, or there is none. */
export function takeAnswer(facts: OrderFacts): OrderDecision | undefined {
  const { answer } = facts
  if (!answer) return undefined
  switch (answer.of) {
    case 'check':
      return facts.order.status?.undoing || isTrue(facts.order.status, 'UserValid')
        ? undefined
        : afterCheck(facts, answer.answer)
    case 'notify':
      return facts.order.status?.phase === 'Notifying' ? afterNotice(facts, answer.answer) : undefined
    default:
      return afterMoney(facts, answer)
  }
}

function afterCheck(facts: OrderFacts, answer: ServiceAnswer): OrderDecision {
  const { spec } = facts.order
  const refuse = (reason: OrderReason, message: string) =>
    report({
      ...{ phase: 'Cancelled', reason, message, undoing: { reason, message } },
      truths: { UserValid: false },
      steps: [
        ['ValidateUser', message, 'Failed'],
        ['Cancel', message],
      ],
    })
  switch (answer.kind) {
    case 'yes': {
      const message = `${spec.customer} may order; its stock is to be held`
      const steps = [['ValidateUser', `${spec.customer} may order`]] as const
      return report({ phase: 'Reserving', reason: 'Holding', message, truths: { UserValid: true }, steps })
    }
    case 'no':
      return refuse('UserRefused', answer.message)
    case 'unknown':
    case 'notSent': {
      if (isPast(facts, 'UserCheckUnavailable', CHECK_FOR_MS)) return refuse('UserCheckUnavailable', answer.reason)
      return waiting(facts, { phase: 'Validating', reason: 'UserCheckUnavailable', message: answer.reason })
    }
  }
}

function afterNotice(facts: OrderFacts, answer: ServiceAnswer): OrderDecision {
  switch (answer.kind) {
    case 'yes':
      return completed('the customer was told', 'Completed')
    case 'no':
      return completed(answer.message, 'NoticeRefused')
    case 'unknown':
    case 'notSent': {
      if (isPast(facts, 'NoticeUnavailable', TELL_FOR_MS)) return completed(answer.reason, 'NoticeUnavailable')
      return waiting(facts, { phase: 'Notifying', reason: 'NoticeUnavailable', message: answer.reason })
    }
  }
}

/** An order that is made is complete, whether its customer could be told or not. */
export function completed(
  message: string,
  reason: 'Completed' | 'NoticeRefused' | 'NoticeUnavailable' | 'Deleted',
): OrderDecision {
  const told = reason === 'Completed'
  return report({
    ...{
      phase: 'Completed',
      reason,
      message: told ? `paid and sold; ${message}` : `paid and sold; not told: ${message}`,
    },
    truths: { Notified: told },
    steps: [told ? ['Notify', message] : ['Notify', message, 'Failed'], ['Complete', 'paid and sold']],
  })
}

function isPast({ order: { status }, now }: OrderFacts, reason: OrderReason, ms: number): boolean {
  return status?.reason === reason && now - Date.parse(status.phaseSince) > ms
}

/** Told once; then it is only waited for. */
function waiting({ order, restMs }: OrderFacts, change: Change): OrderDecision {
  return order.status?.reason === change.reason
    ? ({ ...wait(restMs), usedUp: true } as OrderDecision)
    : report({ ...change, again: true })
}

function afterMoney(
  facts: OrderFacts,
  { of, answer }: Extract<OrderAnswer, { answer: MoneyAnswer }>,
): OrderDecision | undefined {
  const { order, now } = facts
  const { payment } = order.status ?? {}
  if (!payment) return undefined
  if (isOver(order.status)) return afterLateLook(payment, order.status as OrderStatus, answer)
  const next = afterAnswer(payment, of, answer, now)
  return next && report({ ...told(facts, next, answer), payment: next })
}

/** An order that is over had its money looked for once more. */
function afterLateLook(payment: PaymentStatus, status: OrderStatus, answer: MoneyAnswer): OrderDecision | undefined {
  const { lookUpAt, ...rest } = payment
  if (lookUpAt === undefined || ['unknown', 'notSent', 'pending'].includes(answer.kind)) return undefined
  if (answer.kind !== 'authorised' && answer.kind !== 'taken') {
    const { phase, reason, message } = status
    return report({ phase, reason: reason as OrderReason, message, payment: rest })
  }
  const state = answer.kind === 'taken' ? 'Taken' : 'Authorised'
  const message = `provider ${payment.provider} has ${answer.kind} it after the order was cancelled; it is given back`
  const undoing = { reason: 'LateCharge', message } as const
  const found = { ...rest, state, reference: answer.reference, ...answer.amount } as const
  return report({ phase: 'Cancelling', ...undoing, undoing, payment: found, steps: [['FindLateCharge', message]] })
}

interface News {
  readonly truths?: Change['truths']
  readonly steps: NonNullable<Change['steps']>
}

function told({ order: { spec, status }, reservation }: OrderFacts, next: PaymentStatus, answer: MoneyAnswer): Change {
  const { truths, steps } = newsOf(next, answer)
  const news = { ...(truths && { truths }), steps }
  if (next.state === 'Declined' && !status?.undoing) {
    const reason = isTrue(status, 'StockSold') ? 'CaptureRefused' : 'PaymentDeclined'
    const undoing = { reason, message: steps[0]?.[1] ?? '' } as const
    return { phase: 'Cancelling', ...undoing, undoing, ...news }
  }
  if (status?.undoing)
    return { phase: 'Cancelling', ...(status.undoing as { reason: OrderReason; message: string }), ...news }
  // or somebody has given it back, or another amount was taken, which goes back
  const isSold = isTrue(status, 'StockSold') && !isFinished(reservation?.status?.phase) && isWhole(spec, next)
  const change = goingOn(isSold, next)
  return { ...change, ...news, ...(change.made && { steps: [...steps, created] }) }
}

function isWhole({ payment: { amount } }: OrderSpec, said: PaymentStatus): boolean {
  return samePrice(amount, { amount: said.amount, currency: said.currency })
}

function goingOn(isSold: boolean, { state, provider }: PaymentStatus): Change {
  switch (state) {
    case 'Authorised':
      return { phase: 'Confirming', reason: 'Selling', message: `authorised by ${provider}; its stock is to be sold` }
    case 'Taken':
      return isSold
        ? made()
        : { phase: 'Confirming', reason: 'Selling', message: `paid with ${provider}; its stock is to be sold` }
    case 'Capturing':
      return {
        phase: 'Confirming',
        reason: 'PaymentUnknown',
        message: `it is not known whether ${provider} has taken it`,
      }
    default:
      return { phase: 'Paying', reason: 'PaymentUnknown', message: `it is not known whether ${provider} has taken it` }
  }
}

/** Paid and sold: from now on it is never undone. */
export function made(): Change & { readonly made: true } {
  return { phase: 'Notifying', reason: 'Telling', message: 'paid and sold; its customer is to be told', made: true }
}

/** The step in which an order is made. */
export const created = ['Create', 'paid and sold'] as const

type Telling = readonly [operation: OrderOperation, truth: Partial<Record<OrderConditionType, boolean>>]

const tellings: Readonly<Partial<Record<PaymentState, Telling>>> = {
  Authorised: ['Authorise', {}],
  Taken: ['Pay', { Paid: true }],
  Voided: ['Void', { Paid: false }],
  Refunded: ['Refund', { Paid: false }],
}

function newsOf({ state, provider, amount, currency, intent }: PaymentStatus, answer: MoneyAnswer): News {
  if (answer.kind === 'declined') {
    const refused = intent?.refused ? (intent.call === 'void' ? 'Void' : 'Refund') : 'Pay'
    return { truths: refused === 'Pay' ? { Paid: false } : {}, steps: [[refused, answer.message, 'Failed']] }
  }
  const telling = tellings[state]
  if (!telling) return { steps: [] }
  return { truths: telling[1], steps: [[telling[0], `${amount} ${currency} with ${provider}`]] }
}
