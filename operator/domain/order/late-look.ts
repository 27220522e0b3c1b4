import { callWhenRested, isPast, type OrderDecision, type OrderFacts, report, wait } from './decision.ts'
import type { OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import type { PaymentStatus } from './payment.ts'
import type { MoneyAnswer } from './payment-answer.ts'
import { toldBeside } from './told-beside.ts'

/** Asks once more about the money of an order that is over, when nothing that was sent for it can be on its way any more. */
export function lookLate(facts: OrderFacts, lookUpAt: string): OrderDecision {
  const dueMs = Date.parse(lookUpAt) - facts.now
  return dueMs > 0 ? wait(dueMs) : callWhenRested(facts, 'find')
}

/** Whoever can't be asked for so long is not waited for any longer. */
const LOOK_FOR_MS = 7 * 86_400_000

/** Nobody knew for a while what became of a call: its order is not gone before the last look for its money. */
export function isLookedFor(
  payment: PaymentStatus | undefined,
  time: Pick<OrderFacts, 'now' | 'servedForMs'>,
): boolean {
  const { lookUpAt, unknownSince } = payment ?? {}
  return lookUpAt !== undefined && unknownSince !== undefined && !isPast(time, lookUpAt, LOOK_FOR_MS)
}

/** What a late look has found; undefined = nothing, and nothing new. */
export function afterLateLook(
  facts: OrderFacts,
  status: OrderStatus,
  payment: PaymentStatus,
  answer: MoneyAnswer,
): OrderDecision | undefined {
  const { lookUpAt, ...rest } = payment
  if (lookUpAt === undefined) return undefined
  switch (answer.kind) {
    case 'unknown':
    case 'notSent':
    case 'pending':
      return unheard(facts, status, payment, answer.kind === 'pending' ? 'it has not decided' : answer.reason)
    case 'authorised':
    case 'taken':
      return lateCharge(rest, answer, isGivenBackLate(status))
    case 'refunded':
      return givenBackByOthers(status, {
        ...rest,
        ...{ state: 'Refunded', reference: answer.reference },
        ...answer.amount,
      })
    default: {
      const { phase, reason, message } = status
      return report({
        phase,
        reason: reason as OrderReason,
        message: status.undoing?.message ?? message,
        payment: rest,
      })
    }
  }
}

/** It was taken late, and somebody was quicker. */
function givenBackByOthers({ phase, reason, message, undoing }: OrderStatus, payment: PaymentStatus): OrderDecision {
  const { provider, amount, currency } = payment
  const steps = [['Refund', `${amount} ${currency} with ${provider}, which had taken it late`]] as const
  return report({ phase, reason: reason as OrderReason, message: undoing?.message ?? message, payment, steps })
}

/** Told once, and again when it is given up: somebody has to look then. */
function unheard(
  facts: OrderFacts,
  status: OrderStatus,
  { lookUpAt = '', ...payment }: PaymentStatus,
  why: string,
): OrderDecision | undefined {
  if (isPast(facts, lookUpAt, LOOK_FOR_MS)) {
    const last = `provider ${payment.provider} has not said for a week whether it was taken after all (${why}); look there for ${facts.order.uid}`
    const { phase, reason, message, undoing } = status
    return report({
      ...{ phase, reason: reason as OrderReason, message: `${undoing?.message ?? message}; ${last}`, payment },
      steps: [['NeedAttention', last]],
    })
  }
  const asked = `provider ${payment.provider} is asked for a week whether it was taken after all, and does not say: ${why}`
  return toldBeside(status, asked)
}

/** It was charged late before: its provider has acknowledged that it gave that back. */
function isGivenBackLate({ undoing }: OrderStatus): boolean {
  return undoing?.reason === 'LateCharge'
}

/** A provider that gives nothing back of what it says to have given back is not asked again sooner. */
const LATE_AGAIN_MS = 3_600_000

/** When to look for the money of an order that ends now, having paid nothing by all that is known; undefined = not any more. */
export function lookUpAfter(status: OrderStatus, payment: PaymentStatus, now: number): string | undefined {
  if (payment.state !== 'Declined' && payment.state !== 'Voided') return undefined
  if (!isGivenBackLate(status)) return payment.openUntil
  if (payment.intent?.refused) return undefined // it was looked for on and on
  return new Date(Math.max(Date.parse(payment.openUntil), now + LATE_AGAIN_MS)).toISOString()
}

function lateCharge(
  { unknownSince: _, ...payment }: PaymentStatus,
  answer: Extract<MoneyAnswer, { kind: 'authorised' | 'taken' | 'refunded' }>,
  isAgain: boolean,
): OrderDecision {
  const state = answer.kind === 'taken' ? 'Taken' : 'Authorised'
  const message = `provider ${payment.provider} has ${answer.kind} it after the order was cancelled; it is given back`
  const undoing = { reason: 'LateCharge', message } as const
  const found = { ...payment, state, reference: answer.reference, ...answer.amount } as const
  const steps = [['FindLateCharge', message]] as const
  return report({ phase: 'Cancelling', ...undoing, undoing, payment: found, steps, ...(isAgain && { again: true }) })
}
