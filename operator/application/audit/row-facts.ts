import type { StockRow } from '../rows/row-books.ts'

/** What one database has, counted in it as of one moment. */
export interface RowFacts {
  /** Its name in the settings. */
  readonly database: string
  /** Nothing that is over was dropped yet, so that all that was sold is still known. */
  readonly remembersAll: boolean
  readonly stocks: readonly RowStockFacts[]
  /** Claims of stocks that have no row. */
  readonly strays: readonly StrayClaims[]
}

export interface StrayClaims {
  /** A uid. */
  readonly stock: string
  readonly claims: number
  readonly units: number
}

/** A stock's row, beside what the other rows of it come to. */
export interface RowStockFacts extends Pick<StockRow, 'uid' | 'namespace' | 'name' | 'state' | 'ceiling'> {
  readonly quantity: number
  readonly safetyStock: number
  readonly reserved: number
  readonly confirmed: number
  readonly sequence: number
  /** What is confirmed comes back. */
  readonly lends: boolean
  readonly claims: {
    readonly count: number
    /** As the database has counted them for what a namespace may have. */
    readonly counted: number
    /** Units. */
    readonly reserved: number
    /** Units. */
    readonly confirmed: number
    /** Holds whose time was up for longer than may be. */
    readonly late: number
    /** Milliseconds: when the first of all holds ends; absent = there are none. */
    readonly firstDeadline?: number
  }
  /** Units of reservations that are over because they were sold, as far as they are not dropped. */
  readonly sold: number
  readonly outbox: Outbox
  /** The latest entry of which is known that it is older than a mirror may be; 0 = none. */
  readonly oldSequence: number
  /** Consumers of whom is counted what they don't have, where there is a limit for them; absent = none. */
  readonly miscounted?: Miscounted
}

/** What of a stock is not delivered. */
export interface Outbox {
  /** Everything up to this entry is delivered. */
  readonly delivered: number
  readonly entries: number
  /** The last entry that a record has or that is delivered. */
  readonly last: number
  /** Where records don't follow each other, or what is delivered, and nothing says why. */
  readonly gaps: number
  readonly firstGap?: { readonly after: number; readonly next: number }
}

export interface Miscounted {
  readonly consumers: number
  /** The first of them. */
  readonly consumer: string
  readonly counted: number
  readonly has: number
}
