import type { Answer as Decision, Order, Standing } from '../../rows/order.ts'

/** A reservation in rows, and what was ordered under its uid. */
export interface FoundReservation {
  readonly standing: Standing
  readonly fingerprint: string
}

export interface RowReservations {
  /** How one stands, without waiting for whoever decides. Undefined = there is none. Throws NotWritten, and others. */
  find(uid: string): Promise<FoundReservation | undefined>
}

/** A database in which stocks have their books, as the gateway's use cases see it. */
export interface RowDatabase {
  readonly name: string
  /** What came of it. Throws a Problem where it has done nothing. */
  order(order: Order): Promise<Decision>
  /** Throws a Problem where it can't be told. */
  find(uid: string): Promise<FoundReservation | undefined>
  /** Whether so many events of a stock, by its uid, wait to be delivered that it may take no new holds. */
  eventsBehind(stock: string): boolean
}

export interface RowDatabases {
  /** Undefined = this gateway knows none of that name. */
  get(name: string): RowDatabase | undefined
  readonly all: readonly RowDatabase[]
}
