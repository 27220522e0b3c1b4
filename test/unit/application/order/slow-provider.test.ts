import assert from 'node:assert/strict'
import { pause } from '../../../../operator/application/clock.ts'
import type { PaymentProvider } from '../../../../operator/application/order/payment-provider.ts'
import type { NotSent, ServiceCall } from '../../../../operator/application/order/service-call.ts'
import { type Order, type OrderStatus, orderIdOf } from '../../../../operator/domain/order/order.ts'
import type { PaymentStatus } from '../../../../operator/domain/order/payment.ts'
import { type OrderWorldOptions, orderWorld } from '../../../fakes/order-world.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { anOrder } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, yes } from '../../../fixtures/order-saga.ts'

const minute = 60_000
const uidOf = (n: number) => `${String(n + 1).padStart(8, '0')}-1111-4222-8333-444444444444`
const orders = (count: number, change: (n: number) => Partial<Order> = () => ({})) =>
  Array.from({ length: count }, (_, n) => anOrder({ name: `order-${n}`, uid: uidOf(n), ...change(n) }))

const slowed = ['authorise', 'charge', 'capture', 'void', 'find'] as const
type Made = (typeof slowed)[number]

/** Orders that are paid at a provider which is given so many calls at once; `before` comes before each of them. */
function payingWith(
  options: OrderWorldOptions & { readonly atOnce: number },
  before: (call: Made, world: () => ReturnType<typeof orderWorld>) => Promise<NotSent | undefined>,
) {
  const { atOnce, ...others } = options
  const made: Made[] = []
  const wrap = <T extends object>(port: T): T => {
    const provider = port as unknown as PaymentProvider
    if (provider.name !== 'acme') return port
    const through =
      (name: Made) =>
      async (asked: never, call: ServiceCall): Promise<unknown> => {
        const unsent = await before(name, () => world)
        if (unsent) return unsent
        made.push(name)
        return provider[name](asked, call)
      }
    const calls = Object.fromEntries(slowed.map((name) => [name, through(name)]))
    return { ...port, atOnce, keyWindowMs: 86_400_000, ...calls }
  }
  const world = orderWorld({ units: 1_000, ...others, wrap })
  const ends = () => {
    const counts: Record<string, number> = {}
    for (const { status } of world.orders.all()) {
      const end = `${status?.phase}/${status?.reason}`
      counts[end] = (counts[end] ?? 0) + 1
    }
    return counts
  }
  return { world, made, ends }
}

describe('orders of a provider that is slow', () => {
  const slow = async (_: Made, world: () => ReturnType<typeof orderWorld>) => {
    await pause(world().clock, 5_000)
    return undefined
  }

  it('are paid in turn, each asked for once and asked about by nobody, and say what they wait for', async () => {
    const { world, made, ends } = payingWith({ orders: orders(60), atOnce: 2 }, slow)
    await world.run(minute)
    assert.match(
      world.stored('order-59').status?.message ?? '',
      /held; 698.00 EUR to be paid; waits for a place with provider acme$/,
    )
    const writes = world.orders.writes.length
    await world.run(2 * minute)
    assert.ok(world.orders.writes.length - writes < 60 * 6, `${world.orders.writes.length - writes} writes`)
    await world.run(5 * minute)
    assert.deepEqual(ends(), { 'Completed/Completed': 60 })
    assert.deepEqual(
      made.filter((call) => call !== 'charge'),
      [],
    )
    assert.equal(made.length, 60)
  })

  it('whose hold is short are paid all the same: it is extended while they wait', async () => {
    const short = anOrder({ spec: { ttl: '2m' } }).spec
    const { world, made, ends } = payingWith({ orders: orders(60, () => ({ spec: short })), atOnce: 2 }, slow)
    await world.run(8 * minute)
    assert.deepEqual([ends(), made.length], [{ 'Completed/Completed': 60 }, 60])
  })

  it('keep their turn while their hold is extended', async () => {
    const short = anOrder({ spec: { ttl: '2m' } }).spec
    const mixed = orders(20, (n) => (n % 2 === 0 ? { spec: short } : {}))
    const { world, ends } = payingWith({ orders: mixed, atOnce: 1 }, slow)
    await world.run(5 * minute)
    assert.deepEqual(ends(), { 'Completed/Completed': 20 })
    const paidInTurn = world.bank.log.map((line) => line.split(' ')[0])
    assert.deepEqual(
      paidInTurn,
      mixed.map(({ uid }) => uid),
    )
  })

  it('are cancelled after a quarter of an hour without a place, and nothing is taken for them', async () => {
    const { world, ends } = payingWith({ orders: orders(3), atOnce: 1 }, async (_, its) => {
      await pause(its().clock, 60 * minute)
      return undefined
    })
    await world.run(20 * minute)
    assert.equal(ends()['Cancelled/PaymentUnavailable'], 2)
    assert.match(world.stored('order-2').status?.message ?? '', /waits for a place with provider acme/)
  })
})

async function until(world: ReturnType<typeof orderWorld>, is: () => boolean): Promise<void> {
  for (let looks = 0; looks < 1_000 && !is(); looks += 1) await world.run(10)
  assert.ok(is(), 'it has not come to that')
}

describe('orders whose money has to move once more at a provider that is slow', () => {
  /** Two that are authorised, whose stock decides nothing just now, at a provider that is slow from now on. */
  async function twoAuthorised() {
    let isSlow = false
    const slowBy = async (_: Made, its: () => ReturnType<typeof orderWorld>) => {
      if (isSlow) await pause(its().clock, 5_000)
      return undefined
    }
    const { world, ends } = payingWith({ orders: orders(2), atOnce: 1, moves: 'twice' }, slowBy)
    const isEach = (state: PaymentStatus['state'] | undefined, phase: string) =>
      [...world.orders.all()].every(({ status }) => status?.payment?.state === state || status?.phase === phase)
    await until(world, () => isEach('Intended', 'Paying'))
    world.shop.halt(true)
    await until(world, () => isEach('Authorised', 'Confirming'))
    isSlow = true
    return { world, ends }
  }
  const waitsFor = (world: ReturnType<typeof orderWorld>) =>
    [...world.orders.all()]
      .map(({ status }) => status)
      .filter((status) => /waits for a place/.test(status?.message ?? ''))

  it('say that their stock is sold, and what they wait for', async () => {
    const { world, ends } = await twoAuthorised()
    world.shop.halt(false)
    await until(world, () => waitsFor(world).length > 0)
    const [status] = waitsFor(world)
    assert.equal(
      status?.message,
      'espresso-machine×2 sold; what was authorised is to be taken; waits for a place with provider acme',
    )
    assert.deepEqual([status?.phase, status?.reason, status?.payment?.state], ['Confirming', 'Capturing', 'Authorised'])
    assert.equal(status?.history.at(-1)?.operation, 'SellStock')
    const writes = world.orders.writes.length
    await world.run(2_000)
    assert.equal(world.orders.writes.length, writes, 'told once')
    await world.run(minute)
    assert.deepEqual([ends(), waitsFor(world)], [{ 'Completed/Completed': 2 }, []])
  })

  it('say that while they are cancelled', async () => {
    const { world, ends } = await twoAuthorised()
    for (const { name, spec } of [...world.orders.all()]) world.edit(name, { spec: { ...spec, cancel: true } })
    await until(world, () => waitsFor(world).length > 0)
    const [status] = waitsFor(world)
    assert.equal(status?.message, 'cancelled before it was made; waits for a place with provider acme')
    world.shop.halt(false)
    await world.run(minute)
    assert.deepEqual([ends(), waitsFor(world)], [{ 'Cancelled/CancelledByClient': 2 }, []])
  })
})

describe('late looks at a provider that is slow', () => {
  it('keep no order waiting that is paid', async () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [declined] })
    const over = (uid: string): Partial<Order> => {
      const status = saga.order.status as OrderStatus
      const payment = { ...(status.payment as PaymentStatus), lookUpAt: new Date(tenOClock + 500).toISOString() }
      return { status: { ...status, orderId: orderIdOf({ uid }), payment } }
    }
    let isFirst = true
    const { world, made } = payingWith(
      {
        orders: [...orders(300, (n) => over(uidOf(n))), anOrder({ name: 'live' })],
        atOnce: 32,
        mishap(call) {
          if (call !== 'charge' || !isFirst) return 'none'
          isFirst = false
          return 'answerLost'
        },
      },
      async (name, its) => {
        if (name === 'find') await pause(its().clock, 2_000)
        return undefined
      },
    )
    await world.run(15_000)
    assert.equal(world.phase('live'), 'Completed/Completed')
    await world.run(10 * minute)
    const left = [...world.orders.all()].filter(({ status }) => status?.payment?.lookUpAt !== undefined)
    assert.deepEqual([left.length, made.filter((call) => call === 'find').length], [0, 301])
  })
})

describe('orders of a provider that can not be reached', () => {
  const unreached: NotSent = { kind: 'notSent', cause: 'NoConnection', reason: 'POST /payments: connect ECONNREFUSED' }

  it('wait for it, store little, and are paid when it is back', async () => {
    let isAway = true
    const { world, ends } = payingWith({ orders: orders(40), atOnce: 8 }, async () => (isAway ? unreached : undefined))
    await world.run(10_000)
    const writes = world.orders.writes.length
    await world.run(2 * minute)
    assert.ok(world.orders.writes.length - writes < 200, `${world.orders.writes.length - writes} writes`)
    isAway = false
    await world.run(2 * minute)
    assert.deepEqual(ends(), { 'Completed/Completed': 40 })
  })

  it('do not each try a login that is not taken', async () => {
    const unauthorised: NotSent = { kind: 'notSent', cause: 'Http401', reason: 'POST /payments is answered 401' }
    let calls = 0
    const { world } = payingWith({ orders: orders(40), atOnce: 8 }, async () => {
      calls += 1
      return unauthorised
    })
    await world.run(2 * minute)
    assert.ok(calls <= 125, `${calls} calls`) // one a second, of all of them
  })

  it('wait for none that the provider has something against', async () => {
    const forbidden: NotSent = { kind: 'notSent', cause: 'Http403', reason: 'POST /payments is answered 403' }
    let calls = 0
    const { world, ends } = payingWith({ orders: orders(40), atOnce: 8 }, async () => {
      calls += 1
      return calls <= 8 ? forbidden : undefined
    })
    await world.run(900) // where it is not reached, nothing is moved with it for a second
    assert.ok((ends()['Completed/Completed'] ?? 0) > 0)
    await world.run(minute)
    assert.deepEqual(ends(), { 'Completed/Completed': 40 })
  })

  it('are cancelled in the end and need nobody: nothing was ever sent', async () => {
    const { world, ends } = payingWith({ orders: orders(40), atOnce: 8 }, async () => unreached)
    await world.run(40 * minute)
    assert.deepEqual(ends(), { 'Cancelled/PaymentUnavailable': 40 })
    assert.equal(world.shop.free, 1_000)
  })
})
