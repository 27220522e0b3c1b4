import assert from 'node:assert/strict'
import type { Orders, OrderWrite } from '../../../../operator/application/order/orders.ts'
import type { Order } from '../../../../operator/domain/order/order.ts'
import type { InMemoryOrders } from '../../../fakes/in-memory-orders.ts'
import { orderWorld } from '../../../fakes/order-world.ts'
import { anOrder, orderUid } from '../../../fixtures/order-builders.ts'

const minute = 60_000
const hour = 60 * minute

/** Orders whose finalizer and annotation can't be written in this way; `tries`: how often that was tried. */
function aWorld(
  open: (its: InMemoryOrders, base: Order) => Promise<OrderWrite>,
  options: Parameters<typeof orderWorld>[0] = {},
) {
  const tried = { tries: 0, isOver: false }
  const wrap = <T extends object>(port: T): T => {
    if (!('open' in port)) return port
    const its = port as unknown as InMemoryOrders
    const opening: Orders['open'] = (base) => {
      tried.tries += 1
      return tried.isOver ? its.open(base) : open(its, base)
    }
    return { ...port, open: opening }
  }
  return { world: orderWorld({ ...options, wrap }), tried }
}

const denied = async (): Promise<OrderWrite> => ({
  ...{ kind: 'notApplied', retryAfterMs: 1_000, cause: 'Forbidden', reason: `a policy says no` },
})

async function takenOff(its: InMemoryOrders, base: Order): Promise<OrderWrite> {
  const result = await its.open(base)
  if (result.kind !== 'written') return result
  const { opened: _, ...rest } = result.order
  return { kind: 'written', order: its.put(rest) }
}

describe('orders that may not be opened', () => {
  it('say who does not allow it, and go on when it is allowed', async () => {
    const { world, tried } = aWorld(denied)
    await world.run(10 * minute)
    assert.equal(world.phase(), 'Reserving/HoldRefused')
    assert.match(world.stored().status?.message ?? '', /may not be written; .*: a policy says no$/)
    assert.ok(tried.tries < 15, `${tried.tries} tries`)
    tried.isOver = true
    await world.run(2 * minute)
    assert.equal(world.phase(), 'Completed/Completed')
  })

  for (const [how, open] of [
    ['denied', denied],
    ['taken off', takenOff],
  ] as const)
    it(`are cancelled after an hour, and nothing was held: ${how}`, async () => {
      const { world } = aWorld(open)
      await world.run(65 * minute)
      assert.equal(world.phase(), 'Cancelled/HoldRefused')
      assert.equal(world.shop.phaseOf(anOrder()), undefined)
      assert.deepEqual(world.bank.log, [])
    }).timeout(30_000)
})

describe('orders that may not be opened any more', function () {
  this.timeout(30_000)
  type World = ReturnType<typeof aWorld>

  /** Authorised, and from then on its finalizer and annotation can't be kept. */
  async function authorised(): Promise<World> {
    const { world, tried } = aWorld(denied, { moves: 'twice' })
    tried.isOver = true
    for (let turns = 0; turns < 400 && world.stored().status?.payment?.state !== 'Authorised'; turns += 1)
      await world.run(10)
    return { world, tried }
  }

  function strip({ world, tried }: World): void {
    tried.isOver = false
    world.edit('order-1', { opened: 'x' })
  }

  for (const mayBeOpened of [true, false])
    it(`stay unclear where their stock is: ${mayBeOpened ? 'opened again' : 'denied'}`, async () => {
      const { world, tried } = await authorised()
      world.shop.meddle(world.stored(), 'deleted')
      await world.run(66 * minute)
      strip({ world, tried })
      tried.isOver = mayBeOpened
      await world.run(65 * minute)
      assert.equal(world.phase(), 'NeedsAttention/StockUnclear')
      assert.deepEqual([world.bank.log.length, world.stored().opened === orderUid], [1, mayBeOpened])
    })

  it('keep what is paid, call for somebody after an hour, and are sold when they may be', async () => {
    const its = await authorised()
    const { world, tried } = its
    world.edit('order-1', { spec: { ...world.stored().spec, ttl: '24h' } })
    strip(its)
    await world.run(minute)
    assert.equal(world.phase(), 'Confirming/Selling')
    assert.match(world.stored().status?.message ?? '', /may not be written; .*: a policy says no$/)
    world.shop.meddle(world.stored(), 'Confirmed')
    await world.run(hour)
    assert.equal(world.phase(), 'NeedsAttention/HoldRefused')
    assert.equal(world.bank.log.length, 1)
    tried.isOver = true
    await world.run(2 * minute)
    assert.deepEqual([world.phase(), world.stored().status?.heldUpSince], ['Completed/Completed', undefined])
  })

  it('wait no longer for a stock that decides nothing than others', async () => {
    const its = await authorised()
    const { world, tried } = its
    world.shop.halt(true)
    strip(its)
    await world.run(1_000)
    tried.isOver = true
    await world.run(3 * hour)
    assert.equal(world.phase(), 'NeedsAttention/StockUndecided')
    assert.equal(world.stored().status?.payment?.state, 'Voided')
  })

  it('have their money back after an hour where that is due', async () => {
    const its = await authorised()
    const { world } = its
    strip(its)
    world.edit('order-1', { spec: { ...world.stored().spec, cancel: true } })
    await world.run(59 * minute)
    assert.equal(world.phase(), 'Cancelling/CancelledByClient')
    assert.equal(world.bank.log.length, 1)
    await world.run(3 * minute)
    assert.equal(world.phase(), 'Cancelled/CancelledByClient')
    assert.equal(world.bank.log.length, 2)
  })

  it('get their finalizer again while somebody is called for their money', async () => {
    const world = orderWorld({ mishap: (call) => (call === 'refund' ? 'declined' : 'none') })
    for (let turns = 0; turns < 400 && world.stored().status?.payment?.state !== 'Taken'; turns += 1)
      await world.run(10)
    world.shop.meddle(world.stored(), 'Released')
    await world.run(66 * minute)
    assert.equal(world.phase(), 'NeedsAttention/RefundRefused')
    world.edit('order-1', { held: false, finalizers: [] })
    await world.run(minute)
    world.orders.delete('shop/order-1')
    assert.equal(world.stored().held, true)
  })

  it('wait an hour, however long they waited in line', async () => {
    const { world, tried } = aWorld(denied, { orders: [anOrder({ spec: { waitFor: '6h' } })] })
    tried.isOver = true
    world.shop.halt(true)
    await world.run(62 * minute)
    strip({ world, tried })
    await world.run(58 * minute)
    assert.equal(world.phase(), 'Reserving/HoldRefused')
    await world.run(4 * minute)
    assert.equal(world.stored().status?.undoing?.reason, 'HoldRefused')
  })

  it('wait an hour for a hold that is refused, however long they waited for another one', async () => {
    const world = orderWorld({ orders: [anOrder({ spec: { waitFor: '6h' } })] })
    world.shop.halt(true)
    await world.run(62 * minute)
    world.shop.refuse('a quota is used up')
    world.shop.meddle(world.stored(), 'deleted')
    await world.run(58 * minute)
    assert.equal(world.phase(), 'Reserving/HoldRefused')
    await world.run(4 * minute)
    assert.equal(world.phase(), 'Cancelled/HoldRefused')
  })
})
