import type { EventStock } from '../../domain/event/event.ts'
import type { StockRecord } from '../../domain/event/record-event.ts'

/** A stock some of whose entries are not delivered. */
export interface WaitingStock {
  readonly stock: EventStock
  /** Everything up to this entry is. */
  readonly delivered: number
  /** Its last entry. */
  readonly sequence: number
  /** Of the records between the two. */
  readonly bytes: number
}

/** The records of a stock that come next, with how it stood when they were read. */
export interface NextRecords {
  readonly stock: string
  readonly delivered: number
  readonly sequence: number
  /** In order; those that were never written or were taken away are not among them. */
  readonly records: readonly (StockRecord & { readonly bytes: number })[]
}

/** What is to be read of each of several stocks. */
export interface Share {
  readonly records: number
  /** The first record of a stock comes whatever its size, up to 256 KiB. */
  readonly bytes: number
}

/** From behind `after` up to `upTo`, the sequences of two entries. */
export interface Stretch {
  readonly stock: string
  readonly after: number
  readonly upTo: number
}

/** What is committed and not delivered. */
export interface Pressure {
  /** Of all stocks. */
  readonly bytes: number
  /** Age of the oldest record of the stocks with the most; 0 = there is none. */
  readonly oldestMs: number
  /** By the uid, those with the most. */
  readonly byStock: ReadonlyMap<string, number>
}

/** The outbox of stocks whose books are rows. Any number of processes may read and deliver it at the same time. */
export interface RecordBooks {
  /**
   * Stocks with undelivered entries whose uid comes after this one, in the order of their uids, at most `limit`; all of one
   * moment. Undefined = from the beginning. Throws when the database doesn't answer, as every function here.
   */
  waiting(after: string | undefined, limit: number): Promise<readonly WaitingStock[]>
  /** What comes after an entry of each stock, all of one moment; stocks that are gone are not among the answers. */
  next(wanted: readonly Omit<Stretch, 'upTo'>[], share: Share): Promise<readonly NextRecords[]>
  /** Every topic has these: their records are deleted. May be called twice; what is delivered is never taken back. */
  delivered(stretches: readonly Stretch[]): Promise<void>
  /**
   * How much is undelivered; by name of so many stocks that have the most, and of all others that have a quarter of `maxBytes`,
   * or as much as is left of it.
   */
  pressure(stocks: number, maxBytes: number): Promise<Pressure>
}
