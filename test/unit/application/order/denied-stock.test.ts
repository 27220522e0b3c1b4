import assert from 'node:assert/strict'
import type { AskedHold } from '../../../../operator/application/order/order-stock.ts'
import { orderWorld } from '../../../fakes/order-world.ts'
import { anOrder, orderUid } from '../../../fixtures/order-builders.ts'

const minute = 60_000
const refused = { kind: 'refused', reason: `policy 'sold-stays-sold' denied request: no` } as const

/** A shop in which one thing may not be done with reservations, for as long as that is so. */
function denying(what: 'extend' | 'confirm' | 'release', answer: () => AskedHold = () => refused) {
  const denied = { is: true, tries: 0 }
  const wrap = <T extends object>(port: T): T => {
    if (!(what in port)) return port
    const own = Object.create(port) as Record<string, unknown>
    own[what] = async (...given: unknown[]) => {
      if (!denied.is) return (port as Record<string, (...all: unknown[]) => unknown>)[what]?.(...given)
      denied.tries += 1
      return answer()
    }
    return own as T
  }
  return { wrap, denied }
}

describe('orders whose reservation', function () {
  this.timeout(30_000)
  const declines = (call: string) => (call === 'capture' ? 'declined' : 'none') as 'declined' | 'none'

  it('may not be given back say why, call for somebody after an hour, and end when it may', async () => {
    const { wrap, denied } = denying('release')
    const world = orderWorld({ moves: 'twice', mishap: declines, wrap })
    await world.run(minute)
    assert.equal(world.phase(), 'Cancelling/CaptureRefused')
    assert.match(world.stored().status?.message ?? '', /; its stock may not be given back: policy/)
    await world.run(61 * minute)
    assert.equal(world.phase(), 'NeedsAttention/StockUndecided')
    assert.match(world.stored().status?.message ?? '', /policy 'sold-stays-sold' denied/)
    assert.ok(world.orders.writes.length < 14, `${world.orders.writes.length} writes`)
    denied.is = false
    await world.run(2 * minute)
    assert.deepEqual([world.phase(), world.shop.phaseOf(anOrder())], ['Cancelled/CaptureRefused', 'Released'])
  })

  it('may not be confirmed say why, and are paid and sold when it may', async () => {
    const { wrap, denied } = denying('confirm')
    const world = orderWorld({ moves: 'twice', wrap })
    await world.run(minute)
    assert.equal(world.phase(), 'Confirming/StockUndecided')
    assert.match(world.stored().status?.message ?? '', /^its stock may not be sold: policy/)
    denied.is = false
    await world.run(minute)
    assert.equal(world.phase(), 'Completed/Completed')
  })

  it('may not be confirmed for longer than they are held are held for longer, and sold when it may', async () => {
    const { wrap, denied } = denying('confirm')
    const world = orderWorld({ moves: 'twice', wrap })
    await world.run(20 * minute)
    assert.equal(world.phase(), 'Confirming/StockUndecided')
    denied.is = false
    await world.run(minute)
    assert.equal(world.phase(), 'Completed/Completed')
  })

  it('may neither be confirmed nor held for longer are undone when it runs out', async () => {
    const { wrap } = denying('confirm')
    const both = denying('extend')
    const world = orderWorld({ moves: 'twice', wrap: (port) => both.wrap(wrap(port)) })
    await world.run(14 * minute)
    assert.equal(world.phase(), 'Confirming/StockUndecided')
    await world.run(3 * minute)
    assert.deepEqual([world.phase(), world.bank.netOf(orderUid)], ['Cancelled/HoldExpired', 0])
  })

  it('may not be confirmed for an hour are undone', async () => {
    const { wrap } = denying('confirm')
    const world = orderWorld({ wrap, orders: [anOrder({ spec: { ttl: '24h' } })] })
    await world.run(59 * minute)
    assert.equal(world.phase(), 'Confirming/StockUndecided')
    await world.run(5 * minute)
    assert.deepEqual([world.phase(), world.bank.netOf(orderUid)], ['Cancelled/HoldExpired', 0])
  })

  it('may not be held for longer are paid and sold while it is held', async () => {
    for (const answer of [undefined, () => assert.fail('no answer')]) {
      const { wrap, denied } = denying('extend', answer)
      const world = orderWorld({ wrap, orders: [anOrder({ spec: { ttl: '1m' } })] })
      await world.run(minute)
      assert.equal(world.phase(), 'Completed/Completed')
      assert.ok(denied.tries > 0)
    }
  })
})
