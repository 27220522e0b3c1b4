import type { Order, OrderStatus, OrderStep } from '../../domain/order/order.ts'
import type { Clock, Tick } from '../clock.ts'
import type { ClockCheck } from '../clock-check.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { StepEvents } from '../event/step-events.ts'
import type { Intents } from './intents.ts'
import type { OrderCalls } from './order-calls.ts'
import type { OrderStock } from './order-stock.ts'
import type { Orders } from './orders.ts'
import type { PaymentProviders } from './payment-provider.ts'

/** What an order's reconcile works with. */
export interface OrderParts {
  readonly orders: Orders
  readonly stock: OrderStock
  readonly payments: PaymentProviders
  readonly calls: OrderCalls
  readonly intents: Intents
  readonly events: StepEvents<Order>
  readonly clock: Clock
  /** When this process began to serve orders. */
  readonly servedSince: Tick
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly clockIsRight: ClockCheck
  /** Whether nobody else may lead by now. */
  readonly leading: () => boolean
  readonly observer: OrderObserver
}

/** What watches orders: metrics, logs, Kubernetes Events. Must be quick and never throw. */
export interface OrderObserver {
  /** `status` was stored after that of `order`; it tells of these steps for the first time. */
  told(order: Order, status: OrderStatus, steps: readonly OrderStep[]): void
}
