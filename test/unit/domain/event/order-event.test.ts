import assert from 'node:assert/strict'
import { orderEventFrom, orderOccasions } from '../../../../operator/domain/event/order-event.ts'
import { type Order, operations } from '../../../../operator/domain/order/order.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'
import { anOrder, orderUid } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, said, yes } from '../../../fixtures/order-saga.ts'

const ofOrders = /^io\.kbnt\.(user|inventory|payment|order|notification)\./
const schemas = new Map([...eventSchemas()].filter(([type]) => ofOrders.test(type)))
const context = { cluster: 'eu-1', term: 3 } as const

function eventsOf(order: Order) {
  const { steps = 0 } = order.status ?? {}
  return Array.from({ length: steps }, (_, index) => orderEventFrom(order, { ...context, number: index + 1 }))
}

const good = aSaga({ spec: { requestId: 'req-1' } })
good.play({ check: [yes], charge: [said('taken')], notify: [yes] })
const bad = aSaga()
bad.play({ check: [yes], charge: [declined] })

describe('the events of an order', () => {
  it('are one for each step, in order, with ids that stay', () => {
    const events = eventsOf(good.order)
    assert.deepEqual(
      events.map(({ id }) => id),
      Array.from({ length: 7 }, (_, index) => `${orderUid}-${index + 1}`),
    )
    assert.deepEqual(
      events.map(({ value }) => JSON.parse(value).eventType),
      [
        ...['UserValidatedEvent', 'VirtualStockReservedEvent', 'PaymentProcessedEvent', 'VirtualStockSoldEvent'],
        ...['OrderCreatedEvent', 'NotificationSentEvent', 'OrderCompletedEvent'],
      ],
    )
    assert.deepEqual(new Set(events.map(({ key }) => key)), new Set(['shop/order-1']))
    assert.equal(events[0]?.headers['ce_correlationid'], 'req-1')
  })

  it('tell of refusals in their own types', () => {
    const types = eventsOf(bad.order).map(({ type }) => type.split('.').slice(2, 4).join('.'))
    assert.deepEqual(types, [
      ...['user.validated', 'inventory.reserved', 'payment.refused', 'inventory.released', 'order.cancelled'],
    ])
  })

  it('say what their schemas say, each type', () => {
    const occasions = operations.flatMap((operation) => {
      const statuses = orderOccasions[operation].failed ? (['Succeeded', 'Failed'] as const) : (['Succeeded'] as const)
      return statuses.map((status) => ({ operation, status, at: afterTen(0), message: 'so it is' }))
    })
    const status = good.order.status
    assert.ok(status)
    for (const step of occasions) {
      const order = { ...anOrder(), status: { ...status, steps: 1, history: [step] } }
      const { type, value } = orderEventFrom(order, { ...context, number: 1 })
      const validate = schemas.get(type)?.validate
      assert.ok(validate, `no schema for ${type}`)
      assert.ok(validate(JSON.parse(value)), JSON.stringify(validate.errors))
    }
    assert.equal(schemas.size, occasions.length)
  })

  it('throws for a step that is not there', () => {
    assert.throws(() => orderEventFrom(good.order, { ...context, number: 9 }), /^Error: step 9 is not in the history$/)
  })
})
