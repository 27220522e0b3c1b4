import type { Order, OrderStatus } from '../../domain/order/order.ts'
import type { Unwritten } from '../unwritten.ts'

/** What became of a write to an order's object. */
export type OrderWrite = { readonly kind: 'written'; readonly order: Order } | Unwritten

/** Orders as people placed them and as we told them. */
export interface Orders {
  /** As last seen by the watch; undefined = gone or not seen yet. */
  find(key: string): Order | undefined
  /** All as last seen. */
  all(): Iterable<Order>
  /** The latest version, from the store itself; undefined = none. Throws when that does not answer. */
  read(namespace: string, name: string): Promise<Order | undefined>
  /** Replaces the status of exactly the version `base`. Never throws. */
  report(base: Order, status: OrderStatus): Promise<OrderWrite>
  /** From now on it is not gone before we let go of it, and known if it comes back from a backup. Never throws. */
  open(base: Order): Promise<OrderWrite>
  /** Lets a deleted one go. Never throws. */
  letGo(base: Order): Promise<OrderWrite>
  /** Deletes exactly this version. Throws when nobody knows whether it came through. */
  remove(order: Order): Promise<'removed' | 'changed' | 'gone'>
}
