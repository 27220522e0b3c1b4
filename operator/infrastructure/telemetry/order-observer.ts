import type { Logger } from '../../application/logger.ts'
import type { OrderObserver } from '../../application/order/order-parts.ts'
import type { Order, OrderOperation, OrderPhase, OrderStatus, OrderStep } from '../../domain/order/order.ts'
import { orderReasons } from '../../domain/order/order-reasons.ts'
import { placed } from '../../domain/order/unplaced.ts'
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

/** An order in these has gone wrong. */
const warning: ReadonlySet<OrderPhase> = new Set(['NeedsAttention', 'Cancelling', 'Cancelled'])

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

  function log(order: Order, status: OrderStatus, step: OrderStep): void {
    const level = alarming.has(step.operation) ? 'error' : step.status === 'Failed' ? 'warn' : 'info'
    logger[level](`${step.operation}: ${step.message}`, fieldsOf(order, status, step))
  }

  /** One that was deleted waits for no notice. */
  function untold(reason: string): void {
    if (reason === 'NoticeRefused' || reason === 'NoticeUnavailable') metrics.untold(reason)
  }

  return {
    told(order, status, steps) {
      if (isUntold(steps)) untold(status.reason)
      for (const step of steps) {
        measure(order, step)
        log(order, status, step)
      }
      const { reason, phase, message } = status
      if (isKnown(order, message)) return
      const isTrouble = steps.length === 0 && isTold(order, status)
      if (isTrouble) logger.warn(`${reason}: ${message}`, fieldsOf(order, status))
      const warns = isTrouble || warning.has(phase)
      if (!warns && isAsItShould(status)) return // its history tells of that; an Event would be a write of its own
      record({ order, type: warns ? 'Warning' : 'Normal', reason, action: phase, note: message })
    },
  }
}

/** That it waits for a place no longer is no news. */
function isKnown({ status }: Order, message: string): boolean {
  return status !== undefined && (message === status.message || message === placed(status.message))
}

function isUntold(steps: readonly OrderStep[]): boolean {
  return steps.some(({ operation, status }) => operation === 'Notify' && status === 'Failed')
}

/** It has gone one step on, and waits for nobody. */
function isAsItShould({ phase, reason, payment }: OrderStatus): boolean {
  const isPlaceless = phase === 'Paying' && payment === undefined
  return isFine(reason) && !isPlaceless
}

function isFine(reason: string): boolean {
  return reason in orderReasons && 'fine' in orderReasons[reason as keyof typeof orderReasons]
}

/** Why it does not go on, or what keeps it from being undone. Told once for each order, and again where somebody is needed. */
function isTold({ status: before }: Order, { reason, phase }: OrderStatus): boolean {
  if (phase === 'Cancelling' || phase === 'Cancelled') return before?.reason === reason
  return reason in orderReasons && !isFine(reason)
}

function fieldsOf({ namespace, name, uid, spec }: Order, { steps, history, orderId }: OrderStatus, step?: OrderStep) {
  return {
    ...(step && { operation: step.operation }),
    ...{ namespace, order: name, orderId, userId: spec.customer },
    ...(spec.requestId !== undefined && { correlationId: spec.requestId }),
    ...(step && { eventId: `${uid}-${steps - history.length + 1 + history.indexOf(step)}` }),
  }
}
