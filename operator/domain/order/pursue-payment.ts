import {
  attention,
  type Change,
  call,
  callWhenRested,
  isPast,
  type OrderDecision,
  type OrderFacts,
  providerUnknown,
  report,
  wait,
} from './decision.ts'
import type { OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import {
  type Intent,
  intended,
  type MoneyCall,
  mayVoidAnew,
  type PaymentStatus,
  type ProviderTerms,
  repeatUntil,
} from './payment.ts'
import { type MoneyAnswer, neverTaken } from './payment-answer.ts'
import { placed } from './unplaced.ts'

/** What nobody knows for so long needs somebody. */
const ATTENTION_AFTER_MS = 1_800_000

/** A payment of which a call is intended, and what is known to decide how it goes on. */
interface Pursued {
  readonly facts: OrderFacts
  readonly payment: PaymentStatus
  readonly intent: Intent
  readonly terms: ProviderTerms
}

/**
 * The next thing for a payment of which a call is intended: send it where it was stored a moment ago, else ask the
 * provider what it knows, and only then, and with the same key, send it again.
 */
export function pursue(facts: OrderFacts, payment: PaymentStatus): OrderDecision {
  const { terms, busy } = facts
  const { intent } = payment
  if (!intent) return unsaid(facts, payment)
  if (busy) return wait()
  if (!terms) return providerUnknown(facts, payment)
  const pursued = { facts, payment, intent, terms }
  return unsent(pursued) ?? ask(pursued)
}

/** Its status was written by hand: what was sent and under which key can't be known from it. */
function unsaid(facts: OrderFacts, { state, provider }: PaymentStatus): OrderDecision {
  const message =
    `its status says that its payment is ${state}, and not by which call: look at provider ${provider} for ` +
    `${facts.order.uid}, then write status.resolution`
  return attention(facts, 'PaymentUnknown', message)
}

/** What was stored and not sent. What is to be undone is not paid any more; never sent, that is all. */
function unsent(pursued: Pursued): OrderDecision | undefined {
  const { facts, payment, intent, terms } = pursued
  const { order, sendable, now } = facts
  const neverSent = isNeverSent(facts, payment)
  const { undoing } = order.status ?? {}
  if (intent.refused) return undefined
  if (undoing && !givesBack(intent)) return neverSent ? unbegun(pursued, undoing) : undefined
  if (sendable) return call(intent.call)
  // nobody need be asked about what nobody has heard of, nor does its key get too old
  const isInTime = givesBack(intent) || now < repeatUntil(intent, terms)
  return neverSent && isInTime && !isOverdue(facts, payment) ? again(pursued, intent.call) : undefined
}

/** What nobody has heard of is not begun any more: there is nothing to be given back, or only what was authorised before. */
function unbegun(pursued: Pursued, undoing: NonNullable<OrderStatus['undoing']>): OrderDecision {
  const { payment, intent } = pursued
  return pays(intent) ? report(undone(undoing, neverTaken(payment))) : again(pursued, 'void')
}

function isNeverSent({ neverSent }: OrderFacts, { unknownSince }: PaymentStatus): boolean {
  return neverSent && unknownSince === undefined
}

function givesBack({ call: name }: Pick<Intent, 'call'>): boolean {
  return name === 'void' || name === 'refund'
}

function ask(pursued: Pursued): OrderDecision {
  const { facts, payment } = pursued
  const found = facts.answer?.of === 'find' ? facts.answer.answer.kind : undefined
  if (found === 'none' || found === 'authorised' || found === 'taken' || found === 'refunded')
    return afterFound(pursued, found)
  if (found === 'pending' && isUnwanted(pursued)) return unwanted(pursued)
  return isOverdue(facts, payment) ? unknown(facts, payment) : callWhenRested(facts, 'find')
}

/**
 * A payment that its provider has not decided, such as one whose customer has to agree to it, is not waited for once its
 * order is to be undone, or the time is over in which a call to pay may have its effect: a void ends it for good.
 */
function isUnwanted(pursued: Pursued): boolean {
  const { facts, intent } = pursued
  if (intent.call === 'void') return true
  return pays(intent) && (facts.order.status?.undoing !== undefined || isClosed(pursued))
}

function unwanted(pursued: Pursued): OrderDecision {
  const { facts, payment, intent } = pursued
  if (intent.call === 'void') return unvoided(pursued, 'pending')
  if (facts.order.status?.undoing) return again(pursued, 'void')
  const message = `provider ${payment.provider} has not decided about it in time`
  return again(pursued, 'void', { undoing: { reason: 'PaymentNotTaken', message } })
}

function pays({ call: name }: Pick<Intent, 'call'>): boolean {
  return name === 'authorise' || name === 'charge'
}

function undone(
  { reason, message }: { readonly reason: string; readonly message: string },
  payment: PaymentStatus,
): Change {
  return { phase: 'Cancelling', reason: reason as OrderReason, message, payment }
}

function isOverdue(facts: OrderFacts, { unknownSince }: PaymentStatus): boolean {
  const { phase, phaseSince = '' } = facts.order.status ?? {}
  return phase !== 'NeedsAttention' && isPast(facts, unknownSince ?? phaseSince, ATTENTION_AFTER_MS)
}

function unknown(facts: OrderFacts, payment: PaymentStatus): OrderDecision {
  const { provider, intent, unknownSince } = payment
  const since = unknownSince ?? intent?.firstAt
  const { answer } = facts.answer ?? {}
  const why = answer && 'reason' in answer ? ` (${answer.reason})` : ''
  const message = isNeverSent(facts, payment)
    ? `provider ${provider} could not be reached since ${since} for the call to ${intent?.call}${why}; that is tried on`
    : `provider ${provider} has not said since ${since} what became of the call to ${intent?.call}${why}; it is asked on`
  return attention(facts, 'PaymentUnknown', message)
}

/** The provider has said where the payment stands, and it is not yet where it is to be. */
function afterFound(pursued: Pursued, found: 'none' | 'authorised' | 'taken' | 'refunded'): OrderDecision {
  switch (pursued.intent.call) {
    case 'authorise':
    case 'charge':
      return unpaid(pursued)
    case 'void':
      return unvoided(pursued, found)
    case 'capture':
      return found === 'authorised' ? uncaptured(pursued) : stuck(pursued)
    case 'refund':
      return unrefunded(pursued)
  }
}

/** It knows of none: what was sent may still reach it. */
function unpaid(pursued: Pursued): OrderDecision {
  const { facts, payment, intent, terms } = pursued
  if (facts.order.status?.undoing) return isClosed(pursued) ? closed(pursued) : again(pursued, 'void')
  if (facts.now < repeatUntil(intent, terms)) return again(pursued, intent.call)
  return isClosed(pursued) ? closed(pursued) : later(facts, payment)
}

function unvoided(pursued: Pursued, found: MoneyAnswer['kind']): OrderDecision {
  const { facts, payment, intent } = pursued
  if (found === 'none' && isClosed(pursued)) return closed(pursued)
  if (!intent.refused) return again(pursued, 'void')
  // it was refused as a payment that nobody knew, and was authorised after that
  const wasUnknown = payment.reference === undefined || payment.unknownSince !== undefined
  const cameLate = found === 'authorised' && wasUnknown
  if (cameLate && mayVoidAnew(intent)) return again(pursued, 'void', { anew: true })
  if (found === 'none' || found === 'pending') return later(facts, payment)
  const message = `provider ${payment.provider} has refused to void what it has authorised; it was not taken`
  return attention(facts, 'VoidRefused', message)
}

function uncaptured(pursued: Pursued): OrderDecision {
  const { facts, intent, terms } = pursued
  if (facts.order.status?.undoing) return again(pursued, 'void')
  if (facts.now < repeatUntil(intent, terms)) return again(pursued, 'capture')
  return again(pursued, 'void', {
    undoing: { reason: 'PaymentUnavailable', message: 'what was authorised could not be taken in time' },
  })
}

function unrefunded(pursued: Pursued): OrderDecision {
  const { facts, payment, intent, terms } = pursued
  const mayBeSent = isNeverSent(facts, payment) || facts.now < repeatUntil(intent, terms)
  if (!intent.refused && mayBeSent) return again(pursued, 'refund')
  const message = `provider ${payment.provider} has not given back ${payment.amount} ${payment.currency}; see to it there`
  return attention(facts, 'RefundRefused', message)
}

function stuck({ facts, payment }: Pursued): OrderDecision {
  return isOverdue(facts, payment) ? unknown(facts, payment) : later(facts, payment)
}

/** Whether nothing that was sent to pay can take effect any more. */
function isClosed({ facts, payment }: Pursued): boolean {
  return facts.now >= Date.parse(payment.openUntil)
}

function closed({ facts, payment }: Pursued): OrderDecision {
  const message = `provider ${payment.provider} never took it`
  const undoing = facts.order.status?.undoing ?? { reason: 'PaymentNotTaken', message }
  return report({ ...undone(undoing, neverTaken(payment)), undoing, truths: { Paid: false } })
}

/** Asked again later; until then what was found is forgotten. */
function later(facts: OrderFacts, payment: PaymentStatus): OrderDecision {
  if (isOverdue(facts, payment)) return unknown(facts, payment)
  return { kind: 'wait', forMs: Math.max(facts.restMs, 1_000), usedUp: true }
}

/** Stores that `name` is about to be sent; the next look sends it. */
function again(
  pursued: Pursued,
  name: MoneyCall,
  { anew = false, ...more }: Pick<Change, 'undoing'> & { readonly anew?: boolean } = {},
): OrderDecision {
  const { facts, payment, terms, intent } = pursued
  const { order, now, restMs } = facts
  if (restMs > 0) return wait(restMs)
  const { phase = 'Paying', reason = 'PaymentUnknown', message = '' } = order.status ?? {}
  const next = intended(order, payment, { call: name, terms, now, anew })
  const same = name === intent.call
  return report({
    ...{ phase, reason: reason as OrderReason, message: placed(message), payment: next },
    ...(more.undoing && { ...undone(more.undoing, next), undoing: more.undoing }),
    ...(same && { again: true }),
  })
}
