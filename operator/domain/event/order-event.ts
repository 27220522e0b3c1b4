import { type Order, type OrderOperation, type OrderStep, orderIdOf } from '../order/order.ts'
import { SERVICE } from './cloud-event.ts'
import type { StockEvent } from './event.ts'
import { stepEvent, stepOf } from './step-event.ts'

export interface OrderEventContext {
  readonly cluster: string
  /** The number of the step among all of its order. */
  readonly number: number
  /** Of the leader that sends it: the one thing in which a redelivery may differ. */
  readonly term: number
}

/** The occasion of a step, and what log readers call it; `failed` where it may have failed. */
interface Told {
  readonly occasion: string
  readonly eventType: string
  readonly failed?: Omit<Told, 'failed'>
}

const told = (occasion: string, eventType: string) => ({ occasion, eventType })

export const orderOccasions: Readonly<Record<OrderOperation, Told>> = {
  ValidateUser: { ...told('user.validated', 'UserValidatedEvent'), failed: told('user.refused', 'UserRefusedEvent') },
  HoldStock: told('inventory.reserved', 'VirtualStockReservedEvent'),
  Authorise: told('payment.authorised', 'PaymentAuthorisedEvent'),
  Pay: {
    ...told('payment.processed', 'PaymentProcessedEvent'),
    failed: told('payment.refused', 'PaymentRefusedEvent'),
  },
  SellStock: told('inventory.sold', 'VirtualStockSoldEvent'),
  Create: told('order.created', 'OrderCreatedEvent'),
  Notify: {
    ...told('notification.sent', 'NotificationSentEvent'),
    failed: told('notification.failed', 'NotificationFailedEvent'),
  },
  Complete: told('order.completed', 'OrderCompletedEvent'),
  NeedAttention: told('order.needs_attention', 'OrderNeedsAttentionEvent'),
  Resolve: told('order.resolved', 'OrderResolvedEvent'),
  FindLateCharge: told('payment.found_late', 'PaymentFoundLateEvent'),
  Void: {
    ...told('payment.voided', 'PaymentVoidedEvent'),
    failed: told('payment.void_refused', 'PaymentVoidRefusedEvent'),
  },
  Refund: {
    ...told('payment.refunded', 'PaymentRefundedEvent'),
    failed: told('payment.refund_refused', 'PaymentRefundRefusedEvent'),
  },
  ReleaseStock: told('inventory.released', 'VirtualStockReleasedEvent'),
  Cancel: told('order.cancelled', 'OrderCancelledEvent'),
}

/** As readers of log topics expect it of everything. */
const LAYER = 'domain'

/**
 * The event of one step of an order: nothing in it but the step and what of the order never changes. Throws when the step
 * is not in its history.
 */
export function orderEventFrom(order: Order, { number, cluster, term }: OrderEventContext): StockEvent {
  const { namespace, name, uid, spec } = order
  const step = stepOf(order.status, number)
  const { occasion, eventType } = occasionOf(step)
  const context = {
    ...{ namespace, name, uid, plural: 'orders', cluster, occasion, number, term, at: step.at },
    correlationId: spec.requestId,
  }
  return stepEvent(context, {
    ...{ eventType, timestamp: step.at, service: SERVICE },
    level: step.status === 'Failed' || step.operation === 'NeedAttention' ? 'WARN' : 'INFO',
    hexagonal_layer: LAYER,
    domain: occasion.slice(0, occasion.indexOf('.')),
    operation: step.operation,
    status: step.status.toUpperCase(),
    message: step.message,
    payload: payloadOf(order),
  })
}

function occasionOf({ operation, status }: OrderStep): Omit<Told, 'failed'> {
  const occasion = orderOccasions[operation]
  return status === 'Failed' ? (occasion.failed ?? occasion) : occasion
}

function payloadOf({ namespace, name, uid, spec }: Order): object {
  const { customer, payment } = spec
  const items = spec.items.map(({ stockNamespace, stock, quantity }) => ({
    ...{ stockNamespace: stockNamespace || namespace, stock, quantity },
  }))
  const { provider, amount } = payment
  return { namespace, name, uid, orderId: orderIdOf({ uid }), customer, items, provider, amount }
}
