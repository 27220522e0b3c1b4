import { shortMessage } from '../short-message.ts'
import { type OrderDecision, report } from './decision.ts'
import type { OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'

/** Tells why an undone order does not come to its end, beside why it is undone; undefined = something is told there already, or there is no room. */
export function toldBeside({ phase, reason, message, undoing }: OrderStatus, words: string): OrderDecision | undefined {
  const next = `${undoing?.message}; ${words}`
  if (message !== undoing?.message || shortMessage(next) === message) return undefined
  return report({ phase, reason: reason as OrderReason, message: next, again: true })
}
