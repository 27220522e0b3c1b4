import type { Answer as Decision, Order, Standing } from '../../rows/order.ts'
import type { ReservationFilter } from '../objects.ts'

/** A reservation in rows, and what was ordered under its uid. */
export interface FoundReservation {
  readonly standing: Standing
  readonly fingerprint: string
}

/** Which reservations made over HTTP are wanted of a namespace, in the order of their uids. */
export interface RowsWanted {
  readonly namespace: string
  readonly filter: ReservationFilter
  /** Uids, both among those that are looked at. */
  readonly from: string
  readonly to: string
  readonly limit: number
}

export interface RowsPage {
  readonly items: readonly Standing[]
  /**
   * From which uid on more may follow; absent = nothing does. A page looks at so many rows and no more, so it may have fewer
   * than its limit, or none, and yet be followed.
   */
  readonly next?: string
}

export interface RowReservations {
  /** How one stands, without waiting for whoever decides. Undefined = there is none. Throws NotWritten, and others. */
  find(uid: string): Promise<FoundReservation | undefined>
  /** All as of one moment; one that ends between two pages is in one of them all the same. Throws NotWritten, and others. */
  page(wanted: RowsWanted): Promise<RowsPage>
}

/** It may be kept: its commit was not answered, and it is asked for until that is known. */
export interface Untold {
  readonly kind: 'untold'
}

/** A database in which stocks have their books, as the gateway's use cases see it. */
export interface RowDatabase {
  readonly name: string
  /** What came of it, as far as that is known in time. Throws a Problem where it has done nothing. */
  order(order: Order): Promise<Decision | Untold>
  /** Throws a Problem where it can't be told. */
  find(uid: string): Promise<FoundReservation | undefined>
  /** Throws a Problem where it can't be told. */
  page(wanted: RowsWanted): Promise<RowsPage>
  /** Whether so many events of a stock, by its uid, wait to be delivered that it may take no new holds. */
  eventsBehind(stock: string): boolean
  /** How many live reservations a namespace may have here, where it has them all; undefined = it may have more. */
  fullAt(namespace: string): number | undefined
}

export interface RowDatabases {
  /** Undefined = this gateway knows none of that name. */
  get(name: string): RowDatabase | undefined
  readonly all: readonly RowDatabase[]
}
