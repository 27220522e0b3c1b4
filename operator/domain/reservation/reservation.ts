import type { Money } from '../money.ts'
import type { Shortage } from '../stock/entry.ts'
import type { reasons } from './reasons.ts'

export const phases = ['Pending', 'Waiting', 'Reserved', 'Confirmed', 'Released', 'Expired', 'Rejected'] as const
export type Phase = (typeof phases)[number]

/** Why it is in its phase. */
export type Reason = keyof typeof reasons

/** What the client wants, durations in milliseconds, every line with the namespace its stock is in. */
export interface ReservationSpec {
  /** In the order of their stocks' keys: the first is the home. */
  readonly items: readonly { readonly stockNamespace: string; readonly stock: string; readonly quantity: number }[]
  readonly consumer?: string
  readonly requestId?: string
  readonly note?: string
  readonly state: 'Reserved' | 'Confirmed' | 'Released'
  readonly ttlMs?: number
  readonly waitForMs: number
  readonly priority: number
}

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

export interface StatusItem {
  readonly stockNamespace: string
  readonly stock: string
  readonly stockUID: string
  readonly quantity: number
  readonly unitPrice?: Money
  readonly sequence: number
}

/** What its reservation was told: the fold of its home's entries. */
export interface ReservationStatus {
  readonly observedGeneration?: number
  readonly phase: Phase
  readonly reason: Reason
  readonly message: string
  readonly summary: string
  readonly stock: string
  readonly sequence?: number
  readonly items?: readonly StatusItem[]
  readonly totalPrice?: readonly Money[]
  readonly reservedAt?: string
  readonly expiresAt?: string
  readonly confirmedAt?: string
  readonly finishedAt?: string
  readonly waitlist?: {
    readonly since: string
    /** When it gives up waiting; absent in statuses of operators before this one. */
    readonly until?: string
    readonly position: number
    readonly shortages: readonly Shortage[]
  }
  readonly conditions: readonly Condition[]
}

export interface Reservation {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  readonly createdAt: number
  /** Deleted, or about to be. */
  readonly deleting: boolean
  /** It was made over HTTP from an order with an Idempotency-Key, as it looks, and is the record of that key. */
  readonly keyed?: true
  /** The uid of the Order that it was made for. */
  readonly order?: string
  readonly spec: ReservationSpec
  readonly status?: ReservationStatus
  /** What is wrong with it and where, as a sentence; then it has no status here. Undefined = all of it can be read. */
  readonly unreadable?: string
  /** With `unreadable`: the uids of stocks that its status names, as far as they can be read; it may hold any of them. */
  readonly namedStockUids?: readonly string[]
}

const finished: ReadonlySet<Phase> = new Set(['Released', 'Expired', 'Rejected'])

/** Whether a phase is over for good: it never changes again. */
export function isFinished(phase: Phase | undefined): boolean {
  return phase !== undefined && finished.has(phase)
}

/** `namespace/name`, the key of stocks and reservations everywhere. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}
