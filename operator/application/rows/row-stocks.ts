import type { StockIdentity } from '../../domain/stock/stock-book.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'

/** A stock whose books are rows, as the leader has seen it last. */
export interface RowStock extends StockIdentity {
  /** The name of the database that has its books. */
  readonly database: string
  /** Those of its object, also where they are not taken over yet. */
  readonly terms: StockTerms
  /** Whether its row takes orders: not before it is opened, nor while it is in trouble. */
  readonly isOpen: boolean
  /** So many of its events wait to be delivered that it takes nothing new. */
  readonly eventsBehind: boolean
  /** Uids that its object had before it was restored, whether somebody has accepted that or not. */
  readonly formerUids: readonly string[]
}

/** The stocks whose books are rows. */
export interface RowStocks {
  /** By `namespace/name`; undefined = there is none, or its books are elsewhere. */
  find(key: string): RowStock | undefined
}
