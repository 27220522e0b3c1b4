import assert from 'node:assert/strict'
import type { Logger } from '../../../../operator/application/logger.ts'
import type { Order, OrderStatus } from '../../../../operator/domain/order/order.ts'
import type { OrderMetrics } from '../../../../operator/infrastructure/telemetry/order-metrics.ts'
import { type OrderOccurrence, orderObserver } from '../../../../operator/infrastructure/telemetry/order-observer.ts'
import { aSaga, yes } from '../../../fixtures/order-saga.ts'

const why = 'provider acme can not be used just now: POST /payments is answered 401: token expired'

function watching() {
  const lines: string[] = []
  const occurrences: OrderOccurrence[] = []
  const line = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  const logger = { info: line('info'), warn: line('warn'), error: line('error') } as unknown as Logger
  const metrics = {} as OrderMetrics // nothing of it is counted here
  const { told } = orderObserver({ metrics, logger, record: (one) => occurrences.push(one) })
  return { lines, occurrences, told }
}

function paying(): Order & { readonly status: OrderStatus } {
  const saga = aSaga()
  saga.play({ check: [yes] })
  return saga.order as Order & { readonly status: OrderStatus }
}

describe('what is heard of orders', () => {
  it('is why one does not go on, as a warning, once', () => {
    const { lines, occurrences, told } = watching()
    const order = paying()
    const stuck = { ...order.status, reason: 'PaymentUnavailable', message: why }
    told(order, stuck, [])
    told({ ...order, status: stuck }, { ...stuck, published: 2 }, [])
    assert.deepEqual(lines, [`warn PaymentUnavailable: ${why}`])
    assert.deepEqual(
      occurrences.map(({ type, reason, note }) => [type, reason, note]),
      [['Warning', 'PaymentUnavailable', why]],
    )
  })

  it('is what keeps one from being undone, and not that it is undone, which its steps tell', () => {
    const { lines, told } = watching()
    const order = paying()
    const cancelling: OrderStatus = { ...order.status, phase: 'Cancelling', reason: 'CancelledByClient', message: 'c' }
    told(order, cancelling, [])
    assert.deepEqual(lines, [])
    told({ ...order, status: cancelling }, { ...cancelling, message: `c; ${why}` }, [])
    assert.deepEqual(lines, [`warn CancelledByClient: c; ${why}`])
  })

  it('is not that it waits for a place no longer', () => {
    const { lines, occurrences, told } = watching()
    const order = paying()
    const cancelling: OrderStatus = { ...order.status, phase: 'Cancelling', reason: 'CancelledByClient', message: 'c' }
    const waits = '; waits for a place with provider acme'
    told({ ...order, status: { ...cancelling, message: `c${waits}` } }, cancelling, [])
    assert.deepEqual([lines, occurrences], [[], []])
  })

  it('is no warning where all is well', () => {
    const { lines, occurrences, told } = watching()
    const order = paying()
    const { payment: _, ...placeless } = order.status
    told(order, { ...placeless, message: 'waits for a place with provider acme' }, [])
    assert.deepEqual([lines, occurrences.map(({ type }) => type)], [[], ['Normal']])
  })

  it('is no Event where one goes on as it should: its history tells of that', () => {
    const { occurrences, told } = watching()
    const order = paying()
    told(order, { ...order.status, phase: 'Confirming', reason: 'Selling', message: 'authorised by acme' }, [])
    told(order, { ...order.status, phase: 'Completed', reason: 'Completed', message: 'paid and sold' }, [])
    assert.deepEqual(occurrences, [])
    told(order, { ...order.status, phase: 'Completed', reason: 'CancelledTooLate', message: 'stays' }, [])
    assert.deepEqual(
      occurrences.map(({ reason }) => reason),
      ['CancelledTooLate'],
    )
  })
})
