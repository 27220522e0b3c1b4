import type { Money } from '../money.ts'
import type { Level } from '../stock/level.ts'

/** A stock's counters after one of its decisions. All are whole units. */
export interface HistoryBalances {
  readonly quantity: number
  readonly reserved: number
  readonly confirmed: number
  readonly available: number
}

export interface HistoryReservation {
  readonly namespace: string
  /** Empty when nobody remembers. */
  readonly name: string
  readonly uid: string
  /** Null when nobody is named, or nobody remembers. */
  readonly consumer: string | null
}

/** One decision of a stock, as it is kept for good. Who it is: its stock and its sequence. */
export interface HistoryRow extends HistoryBalances {
  /** The uid of the stock, a UUID in small letters. */
  readonly stock: string
  readonly sequence: number
  readonly namespace: string
  readonly name: string
  readonly product: string
  /** What happened: `reservation.reserved`, `stock.adjusted`. */
  readonly occasion: string
  readonly atMs: number
  /** Units that it is about; null where it is about none. */
  readonly units: number | null
  readonly level: Level
  readonly price: Money | null
  readonly reservation: HistoryReservation | null
}

/** The id of its event. */
export function eventIdOf({ stock, sequence }: Pick<HistoryRow, 'stock' | 'sequence'>): string {
  return `${stock}-${sequence}`
}
