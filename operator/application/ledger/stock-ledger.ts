import type { Money } from '../../domain/money.ts'
import type { Condition } from '../../domain/reservation/reservation.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import type { Level } from '../../domain/stock/level.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'
import type { Hitch } from '../patience.ts'

/** The head of a stock's journal. (writer, attempt) names one write; `format` 0 = the books are lost, nothing counts. */
export interface LedgerHead {
  /** Where the books are: `Postgres` = this is a mirror of them; absent = here. */
  readonly kind?: 'Cluster' | 'Postgres'
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
  /** The install that wrote it; absent in statuses of operators before this one. */
  readonly servedBy?: string
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
  /** Harmless ones that hand nothing out where the spec itself can't be read. */
  readonly terms: StockTerms
  /** Absent where nothing was decided yet, and where it can't be read. */
  readonly status?: StockStatus
  /** What is wrong with it and where, as a sentence; undefined = all of it can be read. */
  readonly unreadable?: string
  /** The name of the database that has its books; absent = its status has them. */
  readonly database?: string
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
 * same may be tried again, also when somebody's policy denied it; `refused` = surely not, and never will be: it breaks our
 * own schema, `guard` = the rule of the schema that more units must not be out than exist.
 */
export type WriteResult =
  | { readonly kind: 'committed'; readonly stock: StoredStock }
  | { readonly kind: 'conflict' }
  | ({ readonly kind: 'unknown' } & Hitch)
  | ({ readonly kind: 'notApplied'; readonly retryAfterMs: number } & Hitch)
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly reason: string; readonly guard: boolean }

/** Why a stock hands nothing out, where its status can't be written as a whole. */
export interface Complaint {
  readonly reason: string
  readonly message: string
}

/** The stocks of that namespace can't be listed for now: whether one is there, and what it has out, nobody knows. */
export class NotServed extends Error {}

/** Where the books of stocks are kept. Every read is of the latest version; every write is against an exact one. */
export interface StockLedger {
  /**
   * All stocks, or those of one namespace, which are as of one moment; one that can't be read fails none. Throws when the
   * store does not answer.
   */
  list(namespace?: string): Promise<readonly StoredStock[]>
  /**
   * Whether the stocks of a namespace are led, of all watched ones where none is named. Not for a while where they can't be
   * listed: nothing is known of them then.
   */
  serves(namespace?: string): boolean
  /** Undefined = there is none. Throws when the store does not answer, and NotServed. */
  read(namespace: string, name: string): Promise<StoredStock | undefined>
  /** Replaces the whole status of exactly the version `stock`; `refused` where that can't be read. Never throws. */
  append(stock: StoredStock, status: StockStatus): Promise<WriteResult>
  /** Marks exactly the version `stock` as opened under its present uid, and makes its deletion wait for us. */
  open(stock: StoredStock): Promise<WriteResult>
  /** Lets the deletion of exactly the version `stock` go through. */
  close(stock: StoredStock): Promise<WriteResult>
  /**
   * Sets only the condition Ready=False of exactly the version `stock`, and leaves all else in its status as it is;
   * `refused` where the schema wants more of a status than is there. Never throws.
   */
  complain(stock: StoredStock, complaint: Complaint): Promise<WriteResult>
}
