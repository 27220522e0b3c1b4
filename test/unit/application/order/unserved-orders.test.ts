import assert from 'node:assert/strict'
import { unservedOrders } from '../../../../operator/application/order/unserved-orders.ts'
import { recheckAfter } from '../../../../operator/application/outcome.ts'
import { type Order, type OrderStatus, orderIdOf } from '../../../../operator/domain/order/order.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryOrders } from '../../../fakes/in-memory-orders.ts'
import { anOrder, eur698 } from '../../../fixtures/order-builders.ts'

const at = '2026-11-22T10:00:00Z'
const key = 'shop/order-1'

function status(phase: OrderStatus['phase'], particular: Partial<OrderStatus> = {}): OrderStatus {
  return {
    ...{
      observedGeneration: 1,
      phase,
      reason: 'Completed',
      message: '',
      phaseSince: at,
      orderId: orderIdOf(anOrder()),
    },
    ...{ steps: 2, published: 2, history: [], conditions: [], ...particular },
  }
}

function aWorld() {
  const clock = fakeClock()
  const orders = inMemoryOrders()
  const said: string[] = []
  const kept: string[] = []
  const time = { isRight: true }
  let published = 2
  const work = unservedOrders({
    ...{ orders, clock, onKept: ({ name }) => void kept.push(name), clockIsRight: async () => time.isRight },
    events: { send: () => undefined, published: () => published },
    onUnserved: (count, some) => said.push(`${count}: ${some.map(({ name }) => name).join(' ')}`),
  })
  const held = (particular: Partial<Order>): void => {
    orders.put(anOrder({ held: true, finalizers: ['kbnt.io/order'], ...particular }))
  }
  const publishedUpTo = (steps: number): void => {
    published = steps
  }
  return { clock, orders, said, kept, time, work, held, publishedUpTo }
}

describe('unserved orders', () => {
  const paying = { provider: 'acme', ...eur698, openUntil: at }
  const cases: readonly [what: string, status: OrderStatus | undefined, goes: boolean][] = [
    ['one that is completed', status('Completed', { payment: { ...paying, state: 'Taken' } }), true],
    ['one that is cancelled', status('Cancelled'), true],
    ['one that has not come to its payment', status('Reserving'), true],
    [
      'one that is cancelled and whose money may come late',
      status('Cancelled', { payment: { ...paying, state: 'Voided', unknownSince: at, lookUpAt: at } }),
      false,
    ],
    [
      'one whose money is back and whose stock may be sold still',
      status('Cancelling', {
        payment: { ...paying, state: 'Voided' },
        history: [{ at, operation: 'Authorise', status: 'Succeeded', message: '' }],
      }),
      false,
    ],
    ['one whose payment is not known', status('Paying', { payment: { ...paying, state: 'Unknown' } }), false],
    ['one that somebody has to look at', status('NeedsAttention'), false],
    ['one with the status of another', status('Reserving', { orderId: 'ORD-00000000' }), false],
    ['one whose status is lost', undefined, false],
  ]
  for (const [what, its, goes] of cases)
    it(`${goes ? 'are let go at their deletion' : 'stay'}: ${what}`, async () => {
      const { orders, kept, work, held } = aWorld()
      held(its ? { status: its } : {})
      await work.reconcile(key)
      assert.deepEqual(orders.writes, [])
      orders.delete(key)
      await work.reconcile(key)
      assert.equal(orders.stored(key) === undefined, goes)
      assert.deepEqual(kept, goes ? [] : ['order-1'])
    })

  it('stay while the clock is wrong, as their money may still have to be looked for', async () => {
    const { orders, time, work, held } = aWorld()
    held({ status: status('Completed') })
    orders.delete(key)
    time.isRight = false
    assert.deepEqual(await work.reconcile(key), recheckAfter(2_000))
    assert.ok(orders.stored(key))
    time.isRight = true
    await work.reconcile(key)
    assert.equal(orders.stored(key), undefined)
  })

  it('are let go only when their last events are out', async () => {
    const { orders, work, held, publishedUpTo } = aWorld()
    held({ status: status('Completed') })
    orders.delete(key)
    publishedUpTo(1)
    await work.reconcile(key)
    assert.ok(orders.stored(key))
    publishedUpTo(2)
    await work.reconcile(key)
    assert.equal(orders.stored(key), undefined)
  })

  it('are counted aloud while some are not over: at first, and then now and then', async () => {
    const { clock, orders, said, work } = aWorld()
    await work.look()
    orders.put(anOrder({ name: 'over', status: status('Completed') }))
    await work.look()
    assert.deepEqual(said, [])
    orders.put(anOrder({ name: 'new' }))
    await work.look()
    await clock.advance(10_000)
    await work.look()
    assert.deepEqual(said, ['1: new'])
    await clock.advance(600_000)
    await work.look()
    assert.equal(said.length, 2)
  })
})

describe('a deleted order that is made while nobody serves orders', () => {
  it('is let go: it is paid and sold, and only its notice is missing', async () => {
    const { work, held, orders } = aWorld()
    const payment = { state: 'Taken', provider: 'acme', ...eur698, openUntil: at } as const
    held({ deleting: true, status: status('Notifying', { madeAt: at, payment }) })
    await work.reconcile(key)
    assert.equal(orders.stored(key), undefined)
  })
})
