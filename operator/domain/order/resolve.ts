import type { Change } from './decision.ts'
import { isOver, type OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import { isOpen } from './payment.ts'
import { resolved } from './payment-answer.ts'

/**
 * What a resolution that was not looked at yet changes; undefined = there is none. Where somebody has to say what became
 * of the money, it wins over what we know. Elsewhere it came too late, or for nothing: it is told and changes nothing.
 */
export function resolve(status: OrderStatus | undefined): Change | undefined {
  const { payment, resolution } = status ?? {}
  if (!status || !resolution || resolution.at === status.resolvedAt) return undefined
  const said = `${resolution.by} says: ${resolution.payment}, ${resolution.reference}`
  if (!payment || !isNeeded(status)) return unneeded(status, said, resolution.at)
  const next = resolved(payment, resolution)
  const isTaken = next.state === 'Taken'
  return {
    phase: status.undoing ? 'Cancelling' : 'Confirming',
    reason: 'Resolved',
    message: said,
    payment: next,
    truths: { Paid: isTaken, ...(isTaken && status.reason === 'StockUnclear' && { StockSold: true }) },
    resolvedAt: resolution.at,
    steps: [['Resolve', said]],
  }
}

/** Somebody is called for, or nobody knows what became of a call. Money that is back is not what somebody is called for. */
function isNeeded({ phase, madeAt, payment }: OrderStatus): boolean {
  if (madeAt !== undefined || isOver({ phase }) || !isOpen(payment)) return false
  return phase === 'NeedsAttention' || payment?.unknownSince !== undefined
}

/** The message of an order that is over says for good why: there the step alone tells of it. */
function unneeded(status: OrderStatus, said: string, at: string): Change {
  const { phase, reason, message } = status
  const told = `${said}; nobody had to say that just now: its payment and its phase stay as they are`
  return {
    ...{ phase, reason: reason as OrderReason, message: isOver(status) || !status.payment ? message : told },
    ...{ resolvedAt: at, steps: [['Resolve', told, 'Failed']], again: true },
  }
}
