import type { Logger } from '../../application/logger.ts'
import type { OrderObserver } from '../../application/order/order-parts.ts'
import type { Order, OrderOperation, OrderStatus, OrderStep } from '../../domain/order/order.ts'
import type { OrderMetrics } from './order-metrics.ts'

/** Something for `kubectl describe` to show of an order. */
export interface OrderOccurrence {
  readonly order: Order
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

export interface OrderObserverParts {
  readonly metrics: OrderMetrics
  readonly logger: Logger
  /** Must not wait or throw. */
  readonly record: (occurrence: OrderOccurrence) => void
}

/** Of these somebody has to hear. */
const alarming: ReadonlySet<OrderOperation> = new Set(['NeedAttention', 'FindLateCharge'])

const payments = { Pay: 'taken', Refund: 'refunded', Void: 'voided' } as const

/** Turns what orders go through into one log line a step, metrics, and Kubernetes Events for what people ask about. */
export function orderObserver({ metrics, logger, record }: OrderObserverParts): OrderObserver {
  function measure(order: Order, { operation, status, at }: OrderStep): void {
    const secondsSince = (from: number) => Math.max(0, (Date.parse(at) - from) / 1_000)
    const intendedAt = order.status?.payment?.intent?.firstAt
    if (intendedAt !== undefined && (operation === 'Pay' || operation === 'Refund' || operation === 'Void'))
      metrics.paid(status === 'Failed' ? 'refused' : payments[operation], secondsSince(Date.parse(intendedAt)))
    if (operation === 'Complete') metrics.ended('completed', secondsSince(order.createdAt))
    if (operation === 'Cancel') metrics.ended('cancelled', secondsSince(order.createdAt))
    if (operation === 'FindLateCharge') metrics.lateCharge()
  }

  return {
    told(order, status, steps) {
      for (const step of steps) {
        const { operation, message } = step
        measure(order, step)
        const level = alarming.has(operation) ? 'error' : step.status === 'Failed' ? 'warn' : 'info'
        logger[level](`${operation}: ${message}`, fieldsOf(order, status, step))
      }
      const { reason, phase, message } = status
      if (message === order.status?.message) return
      const warns = phase === 'NeedsAttention' || phase === 'Cancelling' || phase === 'Cancelled'
      record({ order, type: warns ? 'Warning' : 'Normal', reason, action: phase, note: message })
    },
  }
}

function fieldsOf({ namespace, name, uid, spec }: Order, { steps, history, orderId }: OrderStatus, step: OrderStep) {
  return {
    operation: step.operation,
    ...{ namespace, order: name, orderId, userId: spec.customer },
    ...(spec.requestId !== undefined && { correlationId: spec.requestId }),
    eventId: `${uid}-${steps - history.length + 1 + history.indexOf(step)}`,
  }
}
