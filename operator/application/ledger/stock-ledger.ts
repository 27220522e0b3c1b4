import type { Money } from '../../domain/money.ts'
import type { Condition } from '../../domain/reservation/reservation.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import type { Level } from '../../domain/stock/level.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'

/** The head of a stock's journal. (writer, attempt) names one write; `format` 0 = the books are lost, nothing counts. */
export interface LedgerHead {
  readonly format: number
  readonly term: number
  readonly writer: string
  readonly attempt: number
  readonly sequence: number
  readonly at: string
  /** Whether it was told that the stock is paused; absent in statuses of operators before this one. */
  readonly paused?: boolean
  readonly pending: readonly Entry[]
}

export interface StockStatus {
  readonly observedGeneration: number
  readonly quantity: number
  readonly reserved: number
  readonly confirmed: number
  readonly available: number
  readonly waiting: number
  readonly utilizationPercent: number
  readonly totalValue?: Money
  readonly level: Level
  readonly ledger: LedgerHead
  readonly conditions: readonly Condition[]
}

/** A stock as one version of it was stored. */
export interface StoredStock {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** Names this version; opaque. */
  readonly position: string
  readonly generation: number
  readonly terms: StockTerms
  /** Absent when there is none yet, or when it can't be read. */
  readonly status?: StockStatus
  /** What in it can't be read, in words: then nothing of its books is known, and nothing may be decided. */
  readonly unreadable?: string
  /** The uid under which the stock was opened: absent before its first hold, another's after a restore. */
  readonly openedAs?: string
  /** Uids that this stock had before a restore which an administrator accepted. */
  readonly formerUids: readonly string[]
  /** An administrator asks to go on with the books as reservations tell them. */
  readonly acceptBooks: boolean
  /** Who its deletion waits for. */
  readonly finalizers: readonly string[]
  /** Whether it waits for us. */
  readonly guarded: boolean
}

/**
 * What became of a write. `unknown` = it may have been applied, may be later, or never; `notApplied` = surely not, the
 * same may be tried again, also when somebody's policy denied it; `refused` = surely not, and never will be: our own
 * schema says no, and where `guard` is set it is the rule that nothing is oversold. `cause` is a word to count by.
 */
export type WriteResult =
  | { readonly kind: 'committed'; readonly stock: StoredStock }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown'; readonly cause: string; readonly reason: string }
  | { readonly kind: 'notApplied'; readonly cause: string; readonly reason: string; readonly retryAfterMs: number }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly reason: string; readonly guard: boolean }

/** Where the books of stocks are kept. Every read is of the latest version; every write is against an exact one. */
export interface StockLedger {
  /** All stocks as of one moment. Throws when the store does not answer. */
  list(): Promise<readonly StoredStock[]>
  /** Undefined = there is none. Throws when the store does not answer. */
  read(namespace: string, name: string): Promise<StoredStock | undefined>
  /** Replaces the whole status of exactly the version `stock`. Never throws. */
  append(stock: StoredStock, status: StockStatus): Promise<WriteResult>
  /** Marks exactly the version `stock` as opened under its present uid, and makes its deletion wait for us. */
  open(stock: StoredStock): Promise<WriteResult>
  /** Lets the deletion of exactly the version `stock` go through. */
  close(stock: StoredStock): Promise<WriteResult>
  /** Says in the conditions of exactly the version `stock` that it isn't ready, and leaves everything else as it is. Never throws. */
  complain(stock: StoredStock, why: { readonly reason: string; readonly message: string }): Promise<WriteResult>
}
