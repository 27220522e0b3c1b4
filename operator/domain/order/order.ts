import type { Money } from '../money.ts'
import { isOpen, type PaymentStatus, type Resolution } from './payment.ts'

/** What is asked for. All but `cancel` is settled at creation. */
export interface OrderSpec {
  readonly customer: string
  /** As a reservation's; an empty or absent `stockNamespace` is the order's own. */
  readonly items: readonly { readonly stockNamespace?: string; readonly stock: string; readonly quantity: number }[]
  readonly payment: {
    /** A name for card or account that the provider knows. */
    readonly method: string
    /** One of the settings. */
    readonly provider: string
    readonly amount: Money
  }
  /** Of the hold, as written: it is the reservation's to read. */
  readonly ttl: string
  readonly waitFor: string
  readonly requestId?: string
  /** Undo it, as far as that still can be. Never taken back. */
  readonly cancel: boolean
}

export type OrderPhase =
  | 'Pending'
  | 'Validating'
  | 'Reserving'
  | 'Paying'
  | 'Confirming'
  | 'Notifying'
  | 'Completed'
  | 'Cancelling'
  | 'Cancelled'
  | 'NeedsAttention'

export type OrderConditionType = 'UserValid' | 'StockHeld' | 'Paid' | 'StockSold' | 'Notified'

export interface OrderCondition {
  readonly type: OrderConditionType
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration: number
}

/** What can happen to an order: each of these fits into its history once, whatever it goes through. */
export const operations = [
  'ValidateUser',
  'HoldStock',
  'Authorise',
  'Pay',
  'SellStock',
  'Create',
  'Notify',
  'Complete',
  'NeedAttention',
  'Resolve',
  'FindLateCharge',
  'Void',
  'Refund',
  'ReleaseStock',
  'Cancel',
] as const
export type OrderOperation = (typeof operations)[number]

/** One thing that happened to an order; each becomes one event. */
export interface OrderStep {
  /** Time, ISO 8601. */
  readonly at: string
  readonly operation: OrderOperation
  readonly status: 'Succeeded' | 'Failed'
  readonly message: string
}

export interface OrderStatus {
  readonly observedGeneration: number
  readonly phase: OrderPhase
  readonly reason: string
  readonly message: string
  /** Since when it is in its phase. ISO 8601, as all times here. */
  readonly phaseSince: string
  readonly orderId: string
  /** The name of its reservation, from when it may have been asked for. */
  readonly reservation?: string
  /** Of the one that held its stock: another one may have its name by now. Absent in orders of before this was written. */
  readonly reservationUid?: string
  readonly payment?: PaymentStatus
  /** Why it is being undone. Once there it never goes on. */
  readonly undoing?: { readonly reason: string; readonly message: string }
  /** From then on it is never undone. */
  readonly madeAt?: string
  readonly finishedAt?: string
  /** Since when what it needs may not be written: its finalizer, or its reservation. */
  readonly heldUpSince?: string
  /** What an administrator has found out about its money. */
  readonly resolution?: Resolution
  /** `at` of the resolution that was taken over last. */
  readonly resolvedAt?: string
  readonly steps: number
  /** Up to which step every topic is known to have the events. */
  readonly published: number
  readonly history: readonly OrderStep[]
  readonly conditions: readonly OrderCondition[]
}

/** One stored Order. */
export interface Order {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  readonly createdAt: number
  readonly deleting: boolean
  /** It is not gone before we let go of it. */
  readonly held: boolean
  readonly finalizers: readonly string[]
  /** The uid of the order for which effects were allowed first; another one than its own: it was restored from a backup. */
  readonly opened?: string
  readonly spec: OrderSpec
  readonly status?: OrderStatus
}

const ID_DIGITS = 8

/** `ORD-0909A693`: what people call it, from the object's uid. */
export function orderIdOf({ uid }: Pick<Order, 'uid'>): string {
  return `ORD-${uid.replaceAll('-', '').slice(0, ID_DIGITS).toUpperCase()}`
}

export function isTrue(status: OrderStatus | undefined, type: OrderConditionType): boolean {
  return status?.conditions.some((condition) => condition.type === type && condition.status === 'True') ?? false
}

/** Its money may still have to go somewhere: who lets go of it then loses sight of that. */
export function holdsMoney(status: OrderStatus | undefined): boolean {
  return !isOver(status) && (status?.phase === 'NeedsAttention' || isOpen(status?.payment))
}

/** Completed or Cancelled: nothing more is done for it, but a late look for its money. */
export function isOver(status: Pick<OrderStatus, 'phase'> | undefined): boolean {
  return status?.phase === 'Completed' || status?.phase === 'Cancelled'
}
