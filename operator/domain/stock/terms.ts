import type { Money } from '../money.ts'

/** Why something of a stock was changed last, in the changer's words, and what to. Of other changes it says nothing. */
export interface StatedChange {
  readonly reason: string
  /** Tells it from another one of the same words. */
  readonly requestId?: string
  readonly quantity?: number
  readonly price?: Money
  readonly paused?: boolean
}

/** What an administrator asks of a stock: its spec with durations in milliseconds and every default in place. */
export interface StockTerms {
  readonly product: string
  readonly unit: string
  readonly quantity: number
  readonly reclaimPolicy: 'Consume' | 'Return'
  readonly price?: Money
  readonly safetyStock: number
  readonly thresholds: { readonly low?: number; readonly critical?: number }
  readonly hold: { readonly ttlMs: number; readonly maxTtlMs: number }
  readonly limits: { readonly perReservation?: number; readonly perConsumer?: number }
  readonly waitlist: {
    readonly order: 'Strict' | 'BestEffort'
    readonly maxLength: number
    readonly maxWaitMs: number
    readonly maxPriority: number
  }
  readonly allowedNamespaces: readonly string[]
  readonly paused: boolean
  /** One for each kind of change: several may come at once, each with a reason of its own. */
  readonly statedChanges?: readonly StatedChange[]
  /** Somebody has deleted the stock: no new holds, it goes when the last one ends. */
  readonly terminating: boolean
}
