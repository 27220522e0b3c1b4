import type { StockIdentity } from '../../../domain/stock/stock-book.ts'
import type { OpenedStock, StockRow, Told } from '../row-books.ts'

/** A stock's row with the generation of the spec that its terms are from. */
export interface LedRow extends StockRow {
  readonly generation: number
  /** The number of an entry that somebody has seen, where the row does not know of it; else it means nothing. */
  readonly known: number
}

/** What is known of a row: enough to tell that it has changed. `sequence` -1 = nothing is. */
export interface KnownRow {
  readonly uid: string
  readonly sequence: number
  readonly generation: number
  readonly state: StockRow['state']
}

/** Rows that are not as they are known, and uids that have none. */
export interface Look {
  readonly changed: readonly LedRow[]
  readonly missing: readonly string[]
}

/** A stock under its lock. */
export interface LockedStock {
  /** The database's own time, in milliseconds. */
  readonly at: number
  /** Undefined = it has none. */
  readonly row: LedRow | undefined
  /** Nothing that was decided of it waits to be sent. */
  readonly isDelivered: boolean
  /** What its claims have; only where that was asked for, because all of them are read. */
  readonly sums: { readonly reserved: number; readonly confirmed: number } | undefined
}

export interface StockChange {
  readonly row: LedRow
  readonly told: readonly Told[]
  /** What each consumer has is to be counted anew: nobody did so while there was no limit. */
  readonly countsConsumers: boolean
}

/** A stock, the uid that it had before, and the Reservation objects that name it. */
export interface AdoptedStock {
  readonly uid: string
  readonly former: string
  readonly reservations: readonly StockIdentity[]
}

/** What becomes of a former stock and of the one that comes after it. */
export interface Adoption {
  readonly opened: OpenedStock
  readonly former: StockChange
}

/** The rows of stocks, for whoever leads them. */
export interface StockRows {
  /**
   * One read for all of them, with the database's own time, in milliseconds. Throws where the database doesn't answer, or
   * nothing could be decided in it now.
   */
  look(known: readonly KnownRow[]): Promise<Look & { readonly at: number }>
  /**
   * One transaction of one stock under its lock, as `transact` of RowBooks is; undefined = nothing changes. `sums`: all its
   * claims are read.
   */
  change(
    stock: { readonly uid: string; readonly sums: boolean },
    decide: (found: LockedStock) => StockChange | undefined,
  ): Promise<void>
  /**
   * One transaction as well: makes the row of a stock that has none out of that of a former one, which is locked, and has all
   * that reservations hold and have bought of the former one be of it; those of objects by the names that these have, which
   * were restored like it. Undefined, or a row that is there = nothing changes. May take minutes: all claims and all that is
   * finished are read.
   */
  adopt(wanted: AdoptedStock, decide: (former: LockedStock) => Adoption | undefined): Promise<void>
  /** Writes down that these are objects of a cluster, where their rows don't say so. */
  claimFor(cluster: string, uids: readonly string[]): Promise<void>
  /** Those of a cluster that are not closed, in the order of their uids, those after `after`, at most `limit`. */
  openIn(cluster: string, after: string, limit: number): Promise<readonly StockIdentity[]>
}
