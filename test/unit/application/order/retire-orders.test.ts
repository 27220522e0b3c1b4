import assert from 'node:assert/strict'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import { orderRetirement } from '../../../../operator/application/order/retire-orders.ts'
import type { Order, OrderStatus } from '../../../../operator/domain/order/order.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryOrders } from '../../../fakes/in-memory-orders.ts'
import { orderBank } from '../../../fakes/order-bank.ts'
import { anOrder } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, said, yes } from '../../../fixtures/order-saga.ts'

const day = 86_400_000

/** An order that was completed when the world began, all of it published. */
function completed(change: Partial<OrderStatus> = {}): Order {
  const saga = aSaga()
  saga.play({ check: [yes], charge: [said('taken')], notify: [yes] })
  const status = saga.order.status as OrderStatus
  return { ...saga.order, finalizers: [], status: { ...status, published: status.steps, ...change } }
}

/** One that was declined, and whose money is still to be looked for. */
function declinedOne(): Order {
  const saga = aSaga()
  saga.play({ check: [yes], charge: [declined] })
  const status = saga.order.status as OrderStatus
  return { ...saga.order, status: { ...status, published: status.steps } }
}

function retiring(order: Order, keyWindowMs = 0) {
  const clock = fakeClock()
  const skew = clockSkew(clock)
  const orders = inMemoryOrders()
  orders.put(order)
  const bank = orderBank({ clock, moves: 'once', mishap: () => 'none', voidsUnknown: true })
  const retire = orderRetirement({
    orders: {
      ...orders,
      async read(namespace, name) {
        skew.observe(clock.now())
        return orders.read(namespace, name)
      },
    },
    ...{ payments: new Map([['acme', { ...bank, keyWindowMs }]]), skew, clock },
    ...{ onRetry: () => undefined, onTrouble: () => undefined },
  })
  const isThere = () => [...orders.all()].length === 1
  return { clock, skew, retire, isThere }
}

describe('orderRetirement', () => {
  it('deletes what has been over for a week, and nothing sooner', async () => {
    const { clock, retire, isThere } = retiring(completed())
    await clock.advance(7 * day - 1_000)
    await retire()
    assert.equal(isThere(), true)
    await clock.advance(2_000)
    await retire()
    assert.equal(isThere(), false)
  })

  it('keeps it for as long as a provider remembers its keys', async () => {
    const { clock, retire, isThere } = retiring(completed(), 30 * day)
    await clock.advance(29 * day)
    await retire()
    assert.equal(isThere(), true)
    await clock.advance(2 * day)
    await retire()
    assert.equal(isThere(), false)
  })

  const kept: readonly [what: string, order: Order][] = [
    ['whose events are not all out', completed({ published: 3 })],
    ['that needs somebody', completed({ phase: 'NeedsAttention', reason: 'RefundRefused' })],
    ['whose money is still to be looked for', declinedOne()],
    ['that is being deleted', { ...completed(), deleting: true, finalizers: ['kbnt.io/order'] }],
    ['for which nothing was done', anOrder()],
  ]
  for (const [what, order] of kept)
    it(`keeps one ${what}`, async () => {
      const { clock, retire, isThere } = retiring(order)
      await clock.advance(400 * day)
      await retire()
      assert.equal(isThere(), true)
    })

  it('deletes what came from a backup with a look for money that nobody will do', async () => {
    const order = declinedOne()
    const { clock, retire, isThere } = retiring({ ...order, uid: '11111111-1111-4222-8333-444444444444' })
    await clock.advance(8 * day)
    await retire()
    assert.equal(isThere(), false)
  })

  it('deletes nothing while the clock is wrong', async () => {
    const { clock, skew, retire, isThere } = retiring(completed())
    skew.observe(clock.now())
    clock.jump(8 * day)
    await retire()
    assert.equal(isThere(), true)
  })
})
