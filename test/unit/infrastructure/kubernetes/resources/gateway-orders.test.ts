import assert from 'node:assert/strict'
import { gatewayOrders } from '../../../../../operator/infrastructure/kubernetes/resources/gateway-orders.ts'
import type { Order } from '../../../../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import { keptOrder, seenOrder } from '../../../../../operator/infrastructure/kubernetes/resources/shown-order.ts'

const amount = { amount: '698.00', currency: 'EUR' }
const at = '2026-11-30T10:00:00Z'

function order(name: string, status?: Partial<Order['status']>): Order {
  return {
    metadata: { namespace: 'shop', name, uid: name, resourceVersion: '7', generation: 2, creationTimestamp: at },
    spec: {
      customer: name === 'of-bob' ? 'bob' : 'ana',
      items: [{ stockNamespace: '', stock: 'cup', quantity: 2 }],
      payment: { method: 'card-1', provider: 'acme', amount },
      ...{ ttl: '15m', waitFor: '0s', requestId: 'req-1', cancel: name === 'done' },
    },
    ...(status && {
      status: {
        ...{ observedGeneration: 1, phase: 'Paying', reason: 'Paying', message: 'm', phaseSince: at },
        ...{ orderId: 'ORD-1', steps: 1, published: 1, history: [{ at, operation: 'HoldStock' }], conditions: [{}] },
        ...status,
      } as unknown as NonNullable<Order['status']>,
    }),
  }
}

describe('orders as the gateway sees them', () => {
  it('are shown with what is ordered, how it stands, and where the money is', () => {
    const payment = { state: 'Taken', provider: 'acme', reference: 'pay-1', ...amount, openUntil: at } as const
    const seen = seenOrder(order('done', { phase: 'Completed', reason: 'Completed', payment, madeAt: at }))
    assert.deepEqual([seen.phase, seen.judged, seen.generation, seen.position], ['Completed', 1, 2, '7'])
    assert.deepEqual(seen.shown, {
      ...{ orderName: 'done', namespace: 'shop', orderId: 'ORD-1', phase: 'Completed', reason: 'Completed' },
      ...{ message: 'm', customer: 'ana', requestId: 'req-1', cancelled: true, createdAt: at, madeAt: at },
      items: [{ stockId: 'cup', stockNamespace: 'shop', quantity: 2 }],
      payment: { method: 'card-1', provider: 'acme', amount, state: 'Taken', reference: 'pay-1' },
    })
  })

  it('are Pending before anything was done', () => {
    const { phase, judged, shown } = seenOrder(order('new'))
    assert.deepEqual([phase, judged, shown.phase, shown.payment.state], ['Pending', 0, 'Pending', undefined])
  })

  it('are kept without what is not shown, and shown the same', () => {
    const whole = order('kept', {})
    const kept = keptOrder(whole)
    assert.deepEqual([kept.status?.history, kept.status?.conditions], [[], []])
    assert.deepEqual(seenOrder(kept), seenOrder(whole))
    assert.equal(keptOrder(order('new')).status, undefined)
  })

  it('are found by customer and phase, and have room where their cache has', () => {
    const all = [order('new'), order('of-bob', {}), order('paying', {})]
    const hasRoom = (namespace: string) => namespace === 'shop'
    const cache = { get: () => undefined, byIndex: () => all, position: () => '9', hasRoom, isWhole: () => true }
    const orders = gatewayOrders({ cache, as: () => assert.fail('nobody is asked') })
    const names = (filter: object) =>
      orders.page('shop', filter, { after: '', limit: 9 }).items.map(({ orderName }) => orderName)
    assert.deepEqual(names({}), ['new', 'of-bob', 'paying'])
    assert.deepEqual(names({ customer: 'ana' }), ['new', 'paying'])
    assert.deepEqual(names({ phase: 'Pending' }), ['new'])
    assert.deepEqual(names({ phase: 'Paying', customer: 'bob' }), ['of-bob'])
    assert.deepEqual([orders.hasRoom('shop'), orders.hasRoom('another')], [true, false])
  })
})
