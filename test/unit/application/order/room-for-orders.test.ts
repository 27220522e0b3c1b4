import assert from 'node:assert/strict'
import { later } from '../../../../operator/application/clock.ts'
import type { OrderParts } from '../../../../operator/application/order/order-parts.ts'
import {
  type RoomForOrders,
  reconcileInRoom,
  roomForOrders,
} from '../../../../operator/application/order/room-for-orders.ts'
import type { Order, OrderStatus } from '../../../../operator/domain/order/order.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryOrders } from '../../../fakes/in-memory-orders.ts'
import { anOrder } from '../../../fixtures/order-builders.ts'

const hour = 3_600_000
const done = { phase: 'Completed', reason: 'Completed' } as OrderStatus
const told = { phase: 'Pending', reason: 'NoRoom' } as OrderStatus
const named = (name: string, status?: OrderStatus) => anOrder({ name, uid: name, ...(status && { status }) })

describe('the room for orders', () => {
  function aRoom(most: number, shared = false) {
    const orders = inMemoryOrders()
    const clock = fakeClock()
    const room = roomForOrders({ orders, clock, most, shared })
    return { orders, clock, room, letIn: (order: Order) => room.refusal(order) === undefined }
  }

  it('lets in as many as may be there, those that are over among them, also before the watch shows any', () => {
    const { orders, room, letIn } = aRoom(3)
    orders.put(named('over', done))
    const all = ['a', 'b', 'c'].map((name) => orders.put(named(name)))
    assert.deepEqual(all.map(letIn), [true, true, false])
    assert.deepEqual(all.map(letIn), [true, true, false])
    assert.deepEqual(room.count(), { kept: 3, waiting: 1 })
  })

  it('lets in one that waits when another is gone', async () => {
    const { orders, clock, letIn } = aRoom(1)
    orders.put(named('over', done))
    const waits = orders.put(named('waits', told))
    assert.equal(letIn(waits), false)
    orders.delete('shop/over')
    await clock.advance(10_000)
    assert.equal(letIn(waits), true)
    orders.put(named('next'))
    await clock.advance(10_000)
    assert.equal(letIn(named('next')), false)
  })

  it('lets in those that wait by their age, and no newcomer before them', async () => {
    const { orders, clock, letIn } = aRoom(2)
    for (const name of ['over-1', 'over-2']) orders.put(named(name, done))
    const [third, first, second] = [3_000, 1_000, 2_000].map((createdAt) =>
      orders.put({ ...named(`at-${createdAt}`, told), createdAt }),
    ) as [Order, Order, Order]
    assert.deepEqual([third, first, second].map(letIn), [false, false, false])
    orders.delete('shop/over-1')
    await clock.advance(1_000)
    const newcomer = orders.put({ ...named('newcomer'), createdAt: 4_000 })
    assert.deepEqual([newcomer, third, second, first].map(letIn), [false, false, false, true])
    orders.delete('shop/over-2')
    await clock.advance(1_000)
    assert.deepEqual([newcomer, third, second].map(letIn), [false, false, true])
  })

  it('lets go of the place of one that waited and is gone', async () => {
    const { orders, clock, letIn } = aRoom(1)
    orders.put(named('over', done))
    const first = orders.put({ ...named('first', told), createdAt: 1_000 })
    const second = orders.put({ ...named('second', told), createdAt: 2_000 })
    orders.delete('shop/over')
    assert.equal(letIn(second), false)
    orders.delete('shop/first')
    await clock.advance(1_000)
    assert.deepEqual([letIn(second), letIn(first)], [true, false])
  })

  it('gives a namespace as many places as are left for others', () => {
    const { orders, room, letIn } = aRoom(6, true)
    const inNamespace = (namespace: string) => (number: number) =>
      orders.put({ ...named(`${namespace}-${number}`), namespace, createdAt: number })
    const greedy = [1, 2, 3, 4, 5, 6].map(inNamespace('greedy'))
    assert.deepEqual(greedy.map(letIn), [true, true, true, false, false, false])
    assert.match(
      room.refusal(greedy[3] as Order) ?? '',
      /namespace greedy has 3 orders; of 6 .*, 3 are left for others/,
    )
    assert.deepEqual([1, 2, 3].map(inNamespace('late')).map(letIn), [true, true, false])
    assert.deepEqual([1].map(inNamespace('later')).map(letIn), [true])
  })
})

describe('the room for orders, where people annotate them', () => {
  const another = { opened: 'uid-of-another-order' }
  const counted = (...orders: Order[]) => {
    const stored = inMemoryOrders()
    for (const order of orders) stored.put(order)
    return roomForOrders({ orders: stored, clock: fakeClock(), most: 9, shared: false }).count()
  }
  const lost = (operations: string[]) =>
    ({
      ...{ phase: 'NeedsAttention', reason: 'StatusLost' },
      history: operations.map((operation) => ({ operation })),
    }) as unknown as OrderStatus

  it('lets none in for that which was told to wait', () => {
    assert.deepEqual(counted({ ...named('waits', told), ...another }), { kept: 0, waiting: 1 })
  })

  it('keeps no place for one that never begins', () => {
    const cancelled = { phase: 'Cancelled', reason: 'CancelledByClient', history: [{ operation: 'Cancel' }] }
    const orders = [
      { ...named('new'), ...another },
      { ...named('told', lost(['NeedAttention'])), ...another },
      { ...named('cancelled', cancelled as unknown as OrderStatus), ...another },
    ]
    assert.deepEqual(counted(...orders), { kept: 0, waiting: 0 })
  })

  it('keeps the place of one that was begun, and came back from a backup', () => {
    const begun = { ...named('back', lost(['ValidateUser', 'HoldStock', 'NeedAttention'])), ...another }
    assert.deepEqual(counted(begun), { kept: 1, waiting: 0 })
  })
})

describe('an order that there is no room for', () => {
  const full: RoomForOrders = { refusal: () => 'it is full', count: () => ({ kept: 1, waiting: 1 }) }
  const until = async (since: number, servedForMs = Infinity) => {
    const { orders, parts } = aLeader(servedForMs)
    const at = new Date(parts.clock.now() - since).toISOString()
    const status = { phase: 'Pending', reason: 'NoRoom', phaseSince: at, steps: 0, history: [], conditions: [] }
    orders.put(anOrder({ status: status as unknown as OrderStatus }))
    await reconcileInRoom(parts, full, 'shop/order-1')
    return orders.stored('shop/order-1')?.status
  }

  it('waits for a day, and is cancelled after that', async () => {
    assert.equal((await until(23 * hour))?.phase, 'Pending')
    const { phase, reason, finishedAt } = (await until(25 * hour)) ?? {}
    assert.deepEqual([phase, reason, finishedAt !== undefined], ['Cancelled', 'NoRoom', true])
  })

  it('is not cancelled for time in which nobody served orders', async () => {
    assert.equal((await until(25 * hour, 1_000))?.phase, 'Pending')
  })

  it('takes no place when it is cancelled', () => {
    const orders = inMemoryOrders()
    orders.put(named('turned-away', { phase: 'Cancelled', reason: 'NoRoom', history: [] } as unknown as OrderStatus))
    const cancelled = { phase: 'Cancelled', reason: 'CancelledByClient', history: [{ operation: 'Cancel' }] }
    orders.put(named('cancelled-as-it-was-placed', cancelled as unknown as OrderStatus))
    const room = roomForOrders({ orders, clock: fakeClock(), most: 1, shared: false })
    assert.deepEqual(room.count(), { kept: 0, waiting: 0 })
  })
})

function aLeader(servedForMs: number) {
  const clock = fakeClock()
  const orders = inMemoryOrders()
  const parts = {
    ...{ orders, clock, skew: { excessMs: () => 0 }, clockIsRight: async () => true },
    servedSince: later(clock.tick(), -servedForMs),
    events: { published: () => 0, send: () => undefined },
    stock: { nameOf: () => 'order-1-0909a693' },
    intents: { about: () => undefined, forget: () => undefined },
    calls: { usedUp: () => undefined, moved: () => undefined },
    observer: { told: () => undefined },
  } as unknown as OrderParts
  return { orders, parts }
}
