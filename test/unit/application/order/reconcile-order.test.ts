import assert from 'node:assert/strict'
import type { Order } from '../../../../operator/domain/order/order.ts'
import type { InMemoryOrders } from '../../../fakes/in-memory-orders.ts'
import type { Mishap } from '../../../fakes/order-bank.ts'
import { type OrderWorldOptions, orderWorld } from '../../../fakes/order-world.ts'
import { anOrder, orderUid } from '../../../fixtures/order-builders.ts'

const minute = 60_000
const paid = 69_800

async function settled(options: OrderWorldOptions = {}, ms = minute) {
  const world = orderWorld(options)
  await world.run(ms)
  return world
}

/** The n-th call of this name goes wrong like this, all others go well. */
function mishaps(plan: Readonly<Record<string, readonly Mishap[]>>): (call: string) => Mishap {
  const left = new Map(Object.entries(plan).map(([name, list]) => [name, [...list]]))
  return (call) => left.get(call)?.shift() ?? 'none'
}

const upTo = (steps: number) => Array.from({ length: steps }, (_, index) => `${orderUid}-${index + 1}`)

describe('reconcileOrder', () => {
  for (const [moves, most] of [
    ['once', 9],
    ['twice', 10],
  ] as const)
    it(`pays and sells with at most ${most} writes where money moves ${moves}`, async () => {
      const world = await settled({ moves })
      assert.equal(world.phase(), 'Completed/Completed')
      assert.equal(world.bank.netOf(orderUid), paid)
      assert.equal(world.shop.phaseOf(anOrder()), 'Confirmed')
      const ofReservation = 2 // made, and confirmed
      assert.ok(world.orders.writes.length + ofReservation <= most, world.orders.writes.join(' '))
    })

  it('has every step told, in order, and marks that by itself', async () => {
    const world = await settled()
    const { status } = world.stored()
    assert.deepEqual(world.delivered, upTo(status?.steps ?? 0))
    assert.equal(status?.published, status?.steps)
  })

  it('writes nothing more for an order that is over', async () => {
    const world = await settled()
    const writes = world.orders.writes.length
    await world.run(10 * minute)
    assert.equal(world.orders.writes.length, writes)
  })

  it('touches nothing for an order whose object could not be opened', async () => {
    const world = orderWorld()
    for (let tries = 0; tries < 3; tries += 1)
      world.orders.answerNext('open', { kind: 'notApplied', retryAfterMs: 5_000 })
    await world.run(4_000)
    assert.equal(world.shop.phaseOf(anOrder()), undefined)
    await world.run(minute)
    assert.equal(world.phase(), 'Completed/Completed')
  })

  it('writes seldom, says why, and goes on by itself where somebody takes off what it is opened with', async () => {
    let takesOff = true
    const wrap = <T extends object>(port: T): T => {
      if (!('open' in port)) return port
      const its = port as unknown as InMemoryOrders
      return {
        ...port,
        async open(base: Order) {
          const result = await its.open(base)
          if (result.kind !== 'written' || !takesOff) return result
          const { opened: _, ...rest } = result.order
          return { kind: 'written', order: its.put(rest) }
        },
      }
    }
    const world = orderWorld({ wrap })
    await world.run(10 * minute)
    assert.ok(world.orders.writes.length < 20, `${world.orders.writes.length} writes`)
    assert.match(
      world.stored().status?.message ?? '',
      /annotation kbnt.io\/opened may not be written.*gone as soon as it is written/,
    )
    assert.equal(world.phase(), 'Reserving/HoldRefused')
    takesOff = false
    await world.run(5 * minute)
    assert.equal(world.phase(), 'Completed/Completed')
  })

  it('pays nothing when what it is about to pay could not be stored', async () => {
    const world = orderWorld()
    for (let writes = 0; writes < 3; writes += 1) world.orders.answerNext('report', { kind: 'conflict' })
    await world.run(200)
    assert.deepEqual(world.bank.log, [])
  })

  it('has no more orders paid than there is stock', async () => {
    const uid = (n: number) => `${String(n).padStart(8, '0')}-1111-4222-8333-444444444444`
    const orders = Array.from({ length: 8 }, (_, n): Order => anOrder({ name: `order-${n}`, uid: uid(n) }))
    const world = await settled({ orders, units: 10 })
    const phases = orders.map(({ name }) => world.phase(name))
    assert.equal(phases.filter((phase) => phase === 'Completed/Completed').length, 5)
    assert.equal(phases.filter((phase) => phase === 'Cancelled/InsufficientStock').length, 3)
    assert.equal(world.bank.log.length, 5)
    assert.equal(world.shop.free, 0)
  })

  it('waits for a reservation that may not be made just now, and says why', async () => {
    const world = orderWorld()
    world.shop.refuse('a quota is used up')
    await world.run(minute)
    assert.equal(world.phase(), 'Reserving/HoldRefused')
    world.shop.refuse(undefined)
    await world.run(minute)
    assert.equal(world.phase(), 'Completed/Completed')
  })

  it('gives up an order whose reservation may not be made for an hour', async () => {
    const world = orderWorld()
    world.shop.refuse('a quota is used up')
    await world.run(61 * minute)
    assert.equal(world.phase(), 'Cancelled/HoldRefused')
  })

  it('does not count for an hour what nobody could have done as nobody led', async () => {
    const world = orderWorld()
    world.shop.refuse('a quota is used up')
    await world.run(minute)
    await world.clock.advance(61 * minute)
    world.kill()
    await world.run(minute)
    assert.equal(world.phase(), 'Reserving/HoldRefused')
    world.shop.refuse(undefined)
    await world.run(minute)
    assert.equal(world.phase(), 'Completed/Completed')
  })
})

describe('reconcileOrder, when answers are lost,', () => {
  const cases: readonly [what: string, plan: Parameters<typeof mishaps>[0]][] = [
    ['the charge was made', { charge: ['answerLost'] }],
    ['the charge never came there', { charge: ['lost'] }],
    ['the charge comes late', { charge: ['late'] }],
    ['the provider does not answer what it knows', { charge: ['answerLost'], find: ['lost', 'notSent', 'lost'] }],
    ['nothing could be sent at first', { charge: ['notSent', 'notSent'] }],
  ]
  for (const [what, plan] of cases)
    it(`is paid once: ${what}`, async () => {
      const world = await settled({ mishap: mishaps(plan) }, 5 * minute)
      assert.equal(world.phase(), 'Completed/Completed')
      assert.equal(world.bank.accounts.get(orderUid)?.taken, 1)
    })

  for (const plan of [{ capture: ['answerLost'] }, { capture: ['lost', 'late'] }, { authorise: ['late'] }] as const)
    it(`is captured once: ${JSON.stringify(plan)}`, async () => {
      const world = await settled({ moves: 'twice', mishap: mishaps(plan) }, 5 * minute)
      assert.equal(world.phase(), 'Completed/Completed')
      assert.equal(world.bank.accounts.get(orderUid)?.taken, 1)
    })

  it('extends the hold as long as nobody knows whether it is paid, and gives the money back when it ends', async () => {
    let down = true
    const world = orderWorld({ mishap: (call) => (call === 'find' ? (down ? 'lost' : 'none') : 'answerLost') })
    await world.run(50 * minute)
    assert.equal(world.phase(), 'NeedsAttention/PaymentUnknown')
    assert.equal(world.shop.phaseOf(anOrder()), 'Reserved')
    await world.run(15 * minute)
    assert.equal(world.shop.phaseOf(anOrder()), 'Expired')
    down = false
    await world.run(30 * minute)
    assert.equal(world.phase(), 'Cancelled/HoldExpired')
    assert.equal(world.bank.netOf(orderUid), 0)
  })
})

describe('reconcileOrder, of an order that is deleted,', () => {
  it('undoes it first, and lets it go when its events are out', async () => {
    const world = orderWorld({ mishap: mishaps({ charge: ['answerLost'] }) })
    await world.run(1_000)
    world.orders.delete('shop/order-1')
    world.look('shop/order-1')
    await world.run(5 * minute)
    assert.equal(world.orders.stored('shop/order-1'), undefined)
    assert.equal(world.bank.netOf(orderUid), 0)
    assert.equal(world.shop.phaseOf(anOrder()), 'Released')
    assert.deepEqual(world.delivered, upTo(world.delivered.length))
  })

  it('keeps it while its money is not known to be anywhere', async () => {
    const world = orderWorld({ mishap: (call) => (call === 'refund' ? 'declined' : 'none') })
    await world.run(200)
    world.shop.meddle(anOrder(), 'Released')
    world.orders.delete('shop/order-1')
    await world.run(2 * 60 * minute)
    assert.match(world.phase(), /^(NeedsAttention|Cancelled)/)
  })
})
