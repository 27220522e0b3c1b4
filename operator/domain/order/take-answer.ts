import { isFinished } from '../reservation/reservation.ts'
import {
  type Change,
  isPast,
  type OrderAnswer,
  type OrderDecision,
  type OrderFacts,
  report,
  type ServiceAnswer,
  wait,
} from './decision.ts'
import { holdOf, isAsAsked } from './hold.ts'
import { afterLateLook } from './late-look.ts'
import { isOver, isTrue, type OrderConditionType, type OrderOperation, type OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import type { PaymentState, PaymentStatus } from './payment.ts'
import { afterAnswer, type MoneyAnswer } from './payment-answer.ts'
import { toldBeside } from './told-beside.ts'

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
      if (isSaidFor(facts, 'UserCheckUnavailable', CHECK_FOR_MS)) return refuse('UserCheckUnavailable', answer.reason)
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
      if (isSaidFor(facts, 'NoticeUnavailable', TELL_FOR_MS)) return completed(answer.reason, 'NoticeUnavailable')
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

function isSaidFor(facts: OrderFacts, reason: OrderReason, ms: number): boolean {
  const { status } = facts.order
  return status?.reason === reason && isPast(facts, status.phaseSince, ms)
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
  if (isOver(order.status)) return afterLateLook(facts, order.status as OrderStatus, payment, answer)
  const next = afterAnswer(payment, of, answer, now)
  return next ? report({ ...told(facts, next, { of, answer }), payment: next }) : unheard(facts, payment, answer)
}

/** Told once: why nothing goes on. What nobody knows of for long needs somebody, who is told of it then. */
function unheard({ order }: OrderFacts, { provider }: PaymentStatus, answer: MoneyAnswer): OrderDecision | undefined {
  const status = order.status as OrderStatus
  const { phase, reason, undoing } = status
  if ((answer.kind !== 'notSent' && answer.kind !== 'unknown') || phase === 'NeedsAttention') return undefined
  const why = `provider ${provider} can not be used just now: ${answer.reason}`
  if (undoing) return toldBeside(status, why)
  if (reason === 'PaymentUnavailable' || reason === 'PaymentUnknown') return undefined
  return report({ phase, reason: 'PaymentUnavailable', message: why, again: true })
}

interface News {
  readonly truths?: Change['truths']
  readonly steps: NonNullable<Change['steps']>
}

function told(facts: OrderFacts, next: PaymentStatus, heard: Extract<OrderAnswer, { answer: MoneyAnswer }>): Change {
  const { spec, status } = facts.order
  const { truths, steps } = newsOf(next, heard.answer)
  const news = { ...(truths && { truths }), steps }
  if (status?.phase === 'NeedsAttention' && heard.answer.kind === 'unknown') return stillCalled(status, heard.answer)
  if (status?.undoing)
    return { phase: 'Cancelling', ...(status.undoing as { reason: OrderReason; message: string }), ...news }
  const no = whyNot(next, heard)
  if (no !== undefined) return { ...unpaid(status, next, no), ...news }
  // or somebody has given it back, or another amount was taken, which goes back
  const isSold = isTrue(status, 'StockSold') && !isFinished(holdOf(facts)?.status?.phase) && isAsAsked(spec, next)
  const change = goingOn(isSold, next, heard.answer)
  return { ...change, ...news, ...(change.made && { steps: [...steps, created] }) }
}

/** Somebody is called for it, and an answer that says nothing does not call that off. */
function stillCalled({ reason, message }: OrderStatus, { reason: why }: { readonly reason: string }): Change {
  const next = `${message}; what became of the last call is not known: ${why}`
  return { phase: 'NeedsAttention', reason: reason as OrderReason, message: next, again: true }
}

function unpaid(status: OrderStatus | undefined, { state }: PaymentStatus, message: string): Change {
  const reason = isTrue(status, 'StockSold') && state !== 'Refunded' ? 'CaptureRefused' : 'PaymentDeclined'
  const undoing = { reason, message } as const
  return { phase: 'Cancelling', ...undoing, undoing }
}

/** Why it is not paid, and won't be; undefined = it is, or may be. */
function whyNot(
  { state, provider }: PaymentStatus,
  { of, answer }: Extract<OrderAnswer, { answer: MoneyAnswer }>,
): string | undefined {
  if (state === 'Voided') return `provider ${provider} has voided it`
  if (state === 'Refunded') return `provider ${provider} has given it back`
  const isNo = answer.kind === 'declined' && (state === 'Declined' || of === 'capture')
  return isNo ? answer.message : undefined
}

function goingOn(isSold: boolean, { state, provider }: PaymentStatus, answer: MoneyAnswer): Change {
  const why = 'reason' in answer ? `: ${answer.reason}` : ''
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
        message: `it is not known whether ${provider} has taken it${why}`,
      }
    default:
      return {
        phase: 'Paying',
        reason: 'PaymentUnknown',
        message: `it is not known whether ${provider} has taken it${why}`,
      }
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
    const refused = state !== 'Declined' && intent?.refused ? (intent.call === 'void' ? 'Void' : 'Refund') : 'Pay'
    return { truths: refused === 'Pay' ? { Paid: false } : {}, steps: [[refused, answer.message, 'Failed']] }
  }
  const telling = tellings[state]
  if (!telling) return { steps: [] }
  return { truths: telling[1], steps: [[telling[0], `${amount} ${currency} with ${provider}`]] }
}
