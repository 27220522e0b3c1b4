import { numberedSteps } from '../numbered-steps.ts'
import { type Order, type OrderOperation, type OrderStep, orderIdOf } from '../order/order.ts'
import { keyOf } from '../reservation/reservation.ts'
import { cloudEventHeaders, positionHeaders, SERVICE, typeOf } from './cloud-event.ts'
import type { StockEvent } from './event.ts'

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
  const step = stepOf(order, number)
  const { occasion, eventType } = occasionOf(step)
  const id = `${uid}-${number}`
  const type = typeOf(occasion)
  const envelope = {
    ...{ id, type, time: step.at, subject: name, correlationId: spec.requestId },
    source: `/kbnt.io/${cluster}/${namespace}/orders/${name}`,
  }
  return {
    id,
    type,
    sequence: number,
    key: keyOf(namespace, name),
    headers: { ...cloudEventHeaders(envelope), ...positionHeaders(number, term) },
    value: JSON.stringify({
      ...{ eventId: id, eventType, timestamp: step.at, service: SERVICE },
      level: step.status === 'Failed' || step.operation === 'NeedAttention' ? 'WARN' : 'INFO',
      hexagonal_layer: LAYER,
      domain: occasion.slice(0, occasion.indexOf('.')),
      operation: step.operation,
      status: step.status.toUpperCase(),
      message: step.message,
      payload: payloadOf(order),
      ...{ sequence: number, previousSequence: number - 1, correlationId: spec.requestId ?? null },
    }),
    timestampMs: Date.parse(step.at),
  }
}

function occasionOf({ operation, status }: OrderStep): Omit<Told, 'failed'> {
  const occasion = orderOccasions[operation]
  return status === 'Failed' ? (occasion.failed ?? occasion) : occasion
}

function stepOf({ status }: Order, number: number): OrderStep {
  const found = status && numberedSteps(status).find((numbered) => numbered.number === number)
  if (!found) throw new Error(`step ${number} is not in the history`)
  return found.step
}

function payloadOf({ namespace, name, uid, spec }: Order): object {
  const { customer, payment } = spec
  const items = spec.items.map(({ stockNamespace, stock, quantity }) => ({
    ...{ stockNamespace: stockNamespace || namespace, stock, quantity },
  }))
  const { provider, amount } = payment
  return { namespace, name, uid, orderId: orderIdOf({ uid }), customer, items, provider, amount }
}
