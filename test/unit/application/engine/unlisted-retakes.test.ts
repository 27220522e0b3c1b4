import assert from 'node:assert/strict'
import { type Leader, leadAt } from './a-leader.ts'
import { aSite, type Site } from './a-site.ts'
import { put, restOf } from './lines.ts'

const long = { ttlMs: 36_000_000 }

/** Counts the lists of all reservations from now on; `complete`: whether the nth of them has all. */
function listing({ engine }: Leader, complete?: (nth: number) => boolean): () => number {
  const { reservations } = engine.world
  const latest = reservations.latest.bind(reservations)
  let lists = 0
  Object.assign(reservations, {
    async latest() {
      lists += 1
      const nth = lists
      const answer = await latest()
      return complete && !complete(nth) ? { ...answer, stale: new Set(['zoo']) } : answer
    },
  })
  return () => lists
}

describe('a stock that is taken over again while reservations elsewhere can not be listed', () => {
  it('gives back what a reservation had that was deleted meanwhile, and tells so', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    put(site, 'order', { 'shop/beans': 4 }, long)
    await site.pass(2_000)
    listing(leader, (nth) => nth > 1)
    leader.actorOf('beans').halt(new Error('something is wrong with it'))
    await site.pass(3_000)
    site.server.deleteReservation('shop/order')
    await site.pass(60_000)
    assert.deepEqual(restOf(site, 'shop/beans'), { reserved: 0, confirmed: 0, pending: [] })
    const told = site.events().filter(({ data }) => data.reservation?.name === 'order')
    assert.equal(told.at(-1)?.data.eventType, 'STOCK_RELEASED')
  })

  it('is compared again when all can be listed: what nobody has comes back', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    put(site, 'order', { 'shop/beans': 4 }, long)
    await site.pass(2_000)
    const lists = listing(leader, (nth) => nth > 1)
    const departed = leader.engine.departed.of
    Object.assign(leader.engine.departed, { of: () => [] }) // the watch has shown nothing of its end
    leader.actorOf('beans').halt(new Error('something is wrong with it'))
    await site.pass(3_000)
    site.server.deleteReservation('shop/order')
    await site.pass(60_000)
    Object.assign(leader.engine.departed, { of: departed })
    assert.deepEqual(
      [lists(), restOf(site, 'shop/beans').reserved],
      [3, 0],
      'listed, asked whether all can be listed, and listed',
    )
  })

  /** Lists of reservations take half a minute, and one namespace is missing then; tells how many are asked for at once. */
  function slowLists(site: Site, { engine }: Leader): () => number {
    const { reservations } = engine.world
    const latest = reservations.latest.bind(reservations)
    let [underWay, most] = [0, 0]
    Object.assign(reservations, {
      async latest() {
        underWay += 1
        most = Math.max(most, underWay)
        await new Promise<void>((resolve) => site.clock.schedule(30_000, resolve))
        underWay -= 1
        return { ...(await latest()), stale: new Set(['zoo']) }
      },
    })
    return () => most
  }

  it('serves whoever comes meanwhile, though the list takes its time to fail', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 1_000 })
    const leader = await leadAt(site)
    slowLists(site, leader)
    leader.actorOf('beans').halt(new Error('something was wrong with it, once'))
    await site.pass(120_000)
    for (let comer = 0; comer < 300; comer += 1) {
      put(site, `comer-${comer}`, { 'shop/beans': 1 }, long)
      await site.pass(2_000)
      assert.equal(site.phaseOf(`comer-${comer}`), 'Reserved')
    }
  })

  it('asks once for all stocks whether all can be listed by now, however many wait for that', async () => {
    const site = aSite()
    const names = Array.from({ length: 40 }, (_, index) => `beans-${index}`)
    for (const name of names) site.stock(name, { quantity: 10 })
    const leader = await leadAt(site)
    const mostLists = slowLists(site, leader)
    for (const name of names) {
      leader.actorOf(name).halt(new Error('something was wrong with it, once'))
      await site.pass(45_000) // so that each has a time of its own at which it is looked at again
    }
    await site.pass(900_000)
    assert.equal(leader.actorOf('beans-39').mode, 'open')
    assert.ok(mostLists() <= 2, `${mostLists()} lists of all reservations at once`)
  })

  it('asks no more than now and then whether its books can be accepted by now', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10, allowedNamespaces: ['team-b'] })
    const first = await leadAt(site)
    put(site, 'order', { 'shop/beans': 8 }, { ...long, namespace: 'team-b' })
    await site.pass(5_000)
    first.kill()
    site.answers.serves = (namespace) => namespace === 'shop'
    const leader = await leadAt(site, 'writer-2')
    const lists = listing(leader)
    site.server.restoreStock('shop/beans', false)
    site.server.acceptBooks('shop', 'beans')
    await site.pass(600_000)
    assert.equal(leader.actorOf('beans').closedBecause?.reason, 'StatusLost')
    assert.ok(lists() <= 10, `${lists()} lists of all reservations in ten minutes`)
  })
})

describe('a stock that is taken over again while neither list nor watch of a namespace works', () => {
  for (const [what, state, before] of [
    ['holds', 'Reserved', { reserved: 4, confirmed: 0 }],
    ['has sold', 'Confirmed', { reserved: 0, confirmed: 4 }],
  ] as const) {
    it(`goes on from what it ${what} by its own books, not from what was seen long ago`, async () => {
      const site = aSite()
      site.stock('beans', { quantity: 10, reclaimPolicy: 'Return' })
      const leader = await leadAt(site)
      const { reservations } = leader.engine.world
      put(site, 'order', { 'shop/beans': 4 }, { ...long, state })
      await site.pass(5)
      const stale = reservations.find('shop/order') ?? assert.fail()
      assert.equal(stale.status, undefined, 'nothing was told yet')
      const real = { find: reservations.find, all: reservations.all, latest: reservations.latest }
      Object.assign(reservations, {
        find: (key: string) => (key === 'shop/order' ? stale : real.find(key)),
        all: () => [stale].values(),
        latest: async () => ({ reservations: [stale], stale: new Set(['shop']) }),
      })
      await site.pass(3_000)
      leader.actorOf('beans').halt(new Error('something is wrong with it'))
      await site.pass(30_000)
      assert.deepEqual(restOf(site, 'shop/beans'), { ...before, pending: [] })

      Object.assign(reservations, real)
      leader.engine.world.enqueue('shop/order')
      await site.pass(60_000)
      assert.deepEqual(restOf(site, 'shop/beans'), { ...before, pending: [] })
      site.server.changeReservation('shop/order', { state: 'Released' })
      await site.pass(60_000)
      assert.deepEqual(restOf(site, 'shop/beans'), { reserved: 0, confirmed: 0, pending: [] })
    })
  }
})
