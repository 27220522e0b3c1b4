import type { OrderPhase } from '../../../domain/order/order.ts'
import type { OrderReason } from '../../../domain/order/order-reasons.ts'
import type { Caller } from '../caller.ts'
import type { Order } from '../generated/contract.ts'
import type { Objects, Seen, Written } from '../objects.ts'

/** What is ordered and how it is paid. */
export interface PaidOrder {
  readonly customer: string
  readonly items: readonly { readonly stockNamespace: string; readonly stock: string; readonly quantity: number }[]
  readonly payment: {
    readonly method: string
    readonly provider: string
    readonly amount: { readonly amount: string; readonly currency: string }
  }
  readonly ttl?: string
  readonly waitFor?: string
}

export interface PaidOrderDraft {
  readonly namespace: string
  readonly name: string
  readonly order: PaidOrder
  readonly orderHash: string
  readonly requestId: string
}

/** An Order as it is shown. */
export interface SeenOrder extends Seen<Order> {
  readonly phase: OrderPhase
  readonly reason: OrderReason | undefined
  /** The generation of the spec that its status speaks of; 0 = none. */
  readonly judged: number
  /** Of what it was made from; absent on what others made. */
  readonly orderHash?: string
}

export interface OrderFilter {
  readonly customer?: string
  readonly phase?: string
}

export interface PaidOrders extends Objects<SeenOrder, OrderFilter> {
  create(caller: Caller, draft: PaidOrderDraft): Promise<Written<SeenOrder>>
  /** Says that it is to be undone. */
  cancel(caller: Caller, namespace: string, name: string): Promise<Written<SeenOrder>>
  /** Whether there are fewer than there may be, in all and of this namespace beside the others. */
  hasRoom(namespace: string): boolean
  /** Whether all orders of a namespace are in memory: so many and no more are kept there. */
  isWhole(namespace: string): boolean
}
