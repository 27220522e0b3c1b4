import type { Reservation } from '../reservation/reservation.ts'
import type { Order, OrderConditionType, OrderOperation, OrderPhase, OrderStatus } from './order.ts'
import type { OrderReason } from './order-reasons.ts'
import type { MoneyCall, PaymentStatus, ProviderTerms } from './payment.ts'
import type { MoneyAnswer } from './payment-answer.ts'

export type OrderCall = 'check' | 'notify' | 'find' | MoneyCall

/** Not so of what only asks or tells. */
export function movesMoney(name: OrderCall): name is MoneyCall {
  return name !== 'check' && name !== 'notify' && name !== 'find'
}

/** What a user check or a notice was answered with. */
export type ServiceAnswer =
  | { readonly kind: 'yes' }
  | { readonly kind: 'no'; readonly message: string }
  | { readonly kind: 'unknown' | 'notSent'; readonly reason: string }

export type OrderAnswer =
  | { readonly of: 'check' | 'notify'; readonly answer: ServiceAnswer }
  | { readonly of: MoneyCall | 'find'; readonly answer: MoneyAnswer }

/** What may not be written for it just now, and why: a quota, a policy, a webhook, missing rights. */
export type Refusals = Readonly<Partial<Record<'open' | 'hold' | 'extend' | 'confirm' | 'release', string>>>

/** All that is looked at to decide what is next for an order. */
export interface OrderFacts {
  readonly order: Order
  /** ms since 1970. */
  readonly now: number
  /** For so long this process has served orders: before that, nobody may have. */
  readonly servedForMs: number
  /** What is stored under the name of its reservation; undefined = nothing. */
  readonly reservation: Reservation | undefined
  /** Whether that was made for this order. */
  readonly ours: boolean
  /** Whether units of one of its stocks come back: they are lent by the hour, and have no price. Undefined = not known. */
  readonly lends: boolean | undefined
  readonly refused: Refusals
  /** Of its provider; undefined = the settings have none of this name. */
  readonly terms: ProviderTerms | undefined
  /** What its last call was answered with, when nothing was decided by it yet. */
  readonly answer: OrderAnswer | undefined
  /** A call of it is under way. */
  readonly busy: boolean
  /** So long no call of it is to be made, in ms. */
  readonly restMs: number
  /** What is stored as intended was stored by this process a moment ago, and it has not sent it. */
  readonly sendable: boolean
  /** This process has stored it first, and nothing of it was ever sent. */
  readonly neverSent: boolean
}

/** What a status is to say from now on; what is absent is as it was. */
export interface Change {
  readonly phase: OrderPhase
  readonly reason: OrderReason
  readonly message: string
  readonly payment?: PaymentStatus
  readonly undoing?: OrderStatus['undoing']
  readonly made?: true
  /** What it needs may not be written. */
  readonly heldUp?: true
  /** The uid of the reservation that holds its stock. */
  readonly heldBy?: string
  /** `at` of the resolution that is taken over. */
  readonly resolvedAt?: string
  readonly truths?: Partial<Record<OrderConditionType, boolean>>
  /** In the order in which they happened; those that happened before are left out. */
  readonly steps?: readonly (readonly [operation: OrderOperation, message: string, status?: 'Failed'])[]
  /** A call is made once more, or nothing has moved: the pauses between calls go on growing. */
  readonly again?: true
  /** What follows from the last answer waits: that is not used up. */
  readonly waits?: true
}

export type OrderDecision =
  | { readonly kind: 'report'; readonly change: Change }
  /** From now on it is not gone before we let go of it, and a restored one is known. */
  | { readonly kind: 'open' }
  /** Asks for its reservation. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'extend'; readonly ttlMs: number }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'release' }
  | { readonly kind: 'call'; readonly call: OrderCall }
  /** Nothing to do for `forMs`, or until something changes; an answer that was looked at is used up with it. */
  | { readonly kind: 'wait'; readonly forMs?: number; readonly usedUp?: true }
  | { readonly kind: 'letGo' }

/** Everybody that an order waits for tells of itself; but a watch may miss it. */
const LOOK_AGAIN_MS = 30_000

/** Nothing more to do unless something changes. */
export const rest: OrderDecision = { kind: 'wait' }
export const wait = (forMs = LOOK_AGAIN_MS): OrderDecision => ({ kind: 'wait', forMs: Math.max(0, forMs) })
export const report = (change: Change): OrderDecision => ({ kind: 'report', change })
export const call = (name: OrderCall): OrderDecision => ({ kind: 'call', call: name })

/** Calls again as soon as that is due. */
export function callWhenRested({ restMs, busy }: Pick<OrderFacts, 'restMs' | 'busy'>, name: OrderCall): OrderDecision {
  if (busy) return wait()
  return restMs > 0 ? wait(restMs) : call(name)
}

/** What was waited for in vain for an hour is waited for in vain, however long nobody served before. */
const SERVED_FOR_MS = 3_600_000

/** Whether what is waited for since then has not come for so long. Time in which orders were not served may not count: nothing could come. */
export function isPast(
  { now, servedForMs }: Pick<OrderFacts, 'now' | 'servedForMs'>,
  since: string,
  forMs: number,
): boolean {
  return now - Date.parse(since) > forMs && servedForMs > Math.min(forMs, SERVED_FOR_MS)
}

/** Its money can't be moved before the settings have its provider again. */
export function providerUnknown(facts: OrderFacts, { provider }: Pick<PaymentStatus, 'provider'>): OrderDecision {
  return attention(facts, 'ProviderUnknown', `the settings have no provider ${provider} any more`)
}

/** Told once: whoever is needed has been called. */
export function attention(facts: OrderFacts, reason: OrderReason, message: string): OrderDecision {
  const { status } = facts.order
  if (status?.phase === 'NeedsAttention' && status.reason === reason)
    return { kind: 'wait', forMs: Math.max(facts.restMs, LOOK_AGAIN_MS), usedUp: true }
  return report({ phase: 'NeedsAttention', reason, message, steps: [['NeedAttention', message]], again: true })
}
