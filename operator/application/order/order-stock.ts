import type { Order } from '../../domain/order/order.ts'
import type { Reservation } from '../../domain/reservation/reservation.ts'

/** A reservation under the name that an order's has; `ours`: it was made for that order, and holds what that asks for. */
export interface FoundHold {
  readonly reservation: Reservation
  readonly ours: boolean
}

export type AskedHold = { readonly kind: 'asked' } | { readonly kind: 'refused'; readonly reason: string }

export type OrderId = Pick<Order, 'namespace' | 'name' | 'uid'>

/** Without `spec`, of an order that is gone, what a reservation is marked with has to do. */
export type AskedOrder = OrderId & Partial<Pick<Order, 'spec'>>

/** The reservations of orders: one for each, under a name that its uid decides. */
export interface OrderStock {
  /** The name of the reservation of an order, whether there is one or not. */
  nameOf(order: OrderId): string
  /** As last seen by the watch, or written here since; undefined = none, or not seen yet. */
  find(order: AskedOrder): FoundHold | undefined
  /** From the store itself; undefined = none. Throws when that does not answer. */
  read(order: AskedOrder): Promise<FoundHold | undefined>
  /** Whether units of one of its stocks come back; undefined = one of them has not been seen. */
  lends(reservation: Reservation): boolean | undefined
  /** Asks for it; nothing when it is there. May be repeated. Throws when nobody knows whether it came through. */
  ask(order: Order): Promise<AskedHold>
  /**
   * Has it sold, given back, or held for longer. May be repeated. What it is by then, or that it is over, the watch tells.
   * Refused: a policy, a webhook or missing rights deny it now. Throws when nobody knows whether it came through.
   */
  confirm(reservation: Reservation): Promise<AskedHold>
  release(reservation: Reservation): Promise<AskedHold>
  extend(reservation: Reservation, ttlMs: number): Promise<AskedHold>
  /** The orders for which units are out or asked for, as last seen. */
  owners(): Iterable<OrderId>
}
