import type { OrderNotices } from '../../application/order/order-notices.ts'
import type { BegunPayment, PaymentProvider } from '../../application/order/payment-provider.ts'
import type { NotSent, ServiceCall } from '../../application/order/service-call.ts'
import type { UserCheck } from '../../application/order/user-check.ts'

/** For a shop that has no user service: everybody may order. */
export const everybodyIsValid: UserCheck = {
  name: 'none',
  check: async () => ({ kind: 'valid' }),
}

/** For a shop that tells its customers in its own way. */
export const nobodyIsTold: OrderNotices = {
  name: 'none',
  send: async () => ({ kind: 'accepted' }),
}

/** It forgets nothing, for it knows nothing; orders that are over are kept for no longer than others' on its account. */
const KEY_WINDOW_MS = 24 * 3_600_000

/**
 * For a shop whose money goes another way: whatever is asked for counts as done, and no money moves. It remembers
 * nothing, so that no payment is ever found, and its list is empty.
 */
export function paymentByTheBook(name: string): PaymentProvider {
  const settled = ({ reference, amount }: BegunPayment) => ({ providerReference: reference, amount })
  const unless = <T>({ maySend }: ServiceCall, done: T): T | NotSent =>
    maySend() ? done : { kind: 'notSent', cause: 'NotAllowed', reason: `${name} may not be asked any more` }
  return {
    ...{ name, moves: 'once', keyWindowMs: KEY_WINDOW_MS, longestCallMs: 0 },
    authorise: async (payment, call) => unless(call, { kind: 'authorised', ...settled(payment) }),
    charge: async (payment, call) => unless(call, { kind: 'taken', ...settled(payment) }),
    capture: async (payment, call) => unless(call, { kind: 'taken', ...settled(payment) }),
    void: async (_, call) => unless(call, { kind: 'voided' }),
    refund: async (payment, call) => unless(call, { kind: 'refunded', ...settled(payment) }),
    find: async () => ({ kind: 'none' }),
    async *list() {},
  }
}
