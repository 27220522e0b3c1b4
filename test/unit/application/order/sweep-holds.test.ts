import assert from 'node:assert/strict'
import { holdSweep } from '../../../../operator/application/order/sweep-holds.ts'
import type { Order } from '../../../../operator/domain/order/order.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryOrders } from '../../../fakes/in-memory-orders.ts'
import { orderShop } from '../../../fakes/order-shop.ts'
import { anOrder } from '../../../fixtures/order-builders.ts'

/** An order whose stock is held, and a sweep. */
async function held(read?: () => Promise<Order | undefined>) {
  const clock = fakeClock()
  const orders = inMemoryOrders()
  const shop = orderShop(clock, 10, () => undefined)
  const order = orders.put(anOrder())
  await shop.ask(order)
  await clock.advance(100)
  const troubles: string[] = []
  const sweep = holdSweep({
    orders: read ? { ...orders, read } : orders,
    ...{ stock: shop, clock, onRetry: () => undefined, onTrouble: (message: string) => void troubles.push(message) },
  })
  const swept = async () => {
    await sweep()
    await clock.advance(100)
    return shop.phaseOf(order)
  }
  return { clock, orders, shop, order, swept, troubles }
}

describe('holdSweep', () => {
  it('leaves what is held for an order that is there', async () => {
    const { swept } = await held()
    assert.equal(await swept(), 'Reserved')
  })

  it('gives back what is held for one that is gone', async () => {
    const { orders, swept } = await held()
    orders.delete('shop/order-1')
    assert.equal(await swept(), 'Released')
  })

  it('gives back what is held for one that has come again under its name', async () => {
    const { orders, swept } = await held()
    orders.delete('shop/order-1')
    orders.put(anOrder({ uid: '11111111-1111-4222-8333-444444444444' }))
    assert.equal(await swept(), 'Released')
  })

  it('leaves what was sold', async () => {
    const { orders, shop, order, swept } = await held()
    shop.meddle(order, 'Confirmed')
    orders.delete('shop/order-1')
    assert.equal(await swept(), 'Confirmed')
  })

  it('believes the store rather than the watch that it is gone', async () => {
    const { orders, swept } = await held(async () => anOrder())
    orders.delete('shop/order-1')
    assert.equal(await swept(), 'Reserved')
  })

  it('leaves it where the store does not answer, says so, and comes again', async () => {
    let down = true
    const { orders, swept, troubles } = await held(async () => {
      if (down) throw new Error('no answer')
      return undefined
    })
    orders.delete('shop/order-1')
    assert.equal(await swept(), 'Reserved')
    assert.equal(troubles.length, 1)
    down = false
    assert.equal(await swept(), 'Released')
  })
})
