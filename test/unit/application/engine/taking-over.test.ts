import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'

const minuteMs = 60_000

/** Nine of ten are held, one waits for eight, and the stock comes back from a backup without its status. */
async function restoredWithAWaiter(): Promise<Site> {
  const site = aSite()
  site.stock('beans', { quantity: 10 })
  const leader = await leadAt(site)
  site.apply('holder', { beans: 9 }, { ttlMs: 60 * minuteMs })
  site.apply('waiter', { beans: 8 }, { waitForMs: 30 * minuteMs })
  await site.pass(3_000)
  leader.kill()
  site.server.restoreStock('shop/beans', false)
  return site
}

/** A set of beans (its home) and milk is held; milk refuses every write from then on, and the hold is given back. */
async function unfollowedRelease(): Promise<Site> {
  const site = aSite()
  for (const name of ['beans', 'milk', 'sugar']) site.stock(name, { quantity: 10 })
  const leader = await leadAt(site)
  site.apply('set', { beans: 2, milk: 2 })
  await site.pass(2_000)
  site.answers.append = ({ name }) => (name === 'milk' ? { before: denied } : undefined)
  site.server.changeReservation('shop/set', { state: 'Released' })
  await site.pass(2_000)
  assert.deepEqual([site.out('beans'), site.out('milk'), site.phaseOf('set')], [0, 2, 'Reserved'])
  leader.kill()
  return site
}

describe('taking over', () => {
  it('hands out nothing of a restored stock that its holders have, once its books are accepted', async () => {
    const site = await restoredWithAWaiter()
    const leader = await leadAt(site, 'writer-2')
    assert.equal(site.notReady('beans'), 'StatusLost')
    site.server.acceptBooks('shop', 'beans')
    await site.pass(30_000)
    assert.equal(site.out('beans'), 9)
    assert.deepEqual(site.phasesOf(['holder', 'waiter']), ['Reserved', 'Waiting'])
    assert.equal(site.notReady('beans'), undefined)
    assert.deepEqual(leader.faults, [])
  })

  it('does likewise where the books were accepted before anybody led', async () => {
    const site = await restoredWithAWaiter()
    site.server.acceptBooks('shop', 'beans')
    await leadAt(site, 'writer-2')
    await site.pass(5_000)
    assert.equal(site.out('beans'), 9)
    assert.deepEqual(site.phasesOf(['holder', 'waiter']), ['Reserved', 'Waiting'])
    site.server.changeReservation('shop/holder', { state: 'Released' })
    await site.pass(5_000)
    assert.deepEqual(site.phasesOf(['holder', 'waiter']), ['Released', 'Reserved'])
  })

  it('counts a follower up before it follows what its home has decided', async () => {
    const site = await unfollowedRelease()
    site.answers.append = () => undefined
    site.server.editStock('shop/milk', (status) => ({ ...status, reserved: 1, available: 9 }))
    const leader = await leadAt(site, 'writer-2')
    await site.pass(2_000)
    assert.deepEqual([site.out('milk'), site.phaseOf('set')], [0, 'Released'])
    const ofMilk = site.events().filter(({ data }) => data.stock?.name === 'milk' && data.term === 2)
    assert.deepEqual(
      [...new Set(ofMilk.map(({ type }) => type))],
      ['io.kbnt.stock.recounted.v1', 'io.kbnt.reservation.released.v1'],
    )
    assert.deepEqual([leader.fatals, leader.halted], [[], []])
  })

  it('leads all other stocks at once while one can not be written', async () => {
    const site = await unfollowedRelease()
    await leadAt(site, 'writer-2')
    site.apply('order', { beans: 1 })
    site.apply('sweet', { sugar: 1 })
    site.apply('white', { milk: 1 })
    await site.pass(1_000)
    assert.deepEqual(site.phasesOf(['order', 'sweet', 'white']), ['Reserved', 'Reserved', undefined])
    await site.pass(11_000)
    assert.match(site.told('white')?.message ?? '', /^milk: its books can't be stored: a freeze/)
    site.answers.append = () => undefined
    await site.pass(10_000)
    assert.deepEqual([site.out('milk'), site.phaseOf('set'), site.phaseOf('white')], [1, 'Released', 'Reserved'])
  })

  it('confirms in time what asked for it while nobody led, though the deadline has passed meanwhile', async () => {
    const site = aSite()
    site.stock('beans')
    const leader = await leadAt(site)
    site.apply('paid', { beans: 1 }, { ttlMs: 10_000 })
    site.apply('late', { beans: 1 }, { ttlMs: 10_000 })
    await site.pass(1_000)
    leader.kill()
    site.server.changeReservation('shop/paid', { state: 'Confirmed' })
    await site.pass(20_000)
    await leadAt(site, 'writer-2')
    site.server.changeReservation('shop/late', { state: 'Confirmed' })
    await site.pass(1_000)
    assert.deepEqual(site.phasesOf(['paid', 'late']), ['Confirmed', 'Expired'])
  })

  it('gives back what is held for objects that were deleted while nobody led', async () => {
    const site = aSite()
    for (const name of ['beans', 'milk']) site.stock(name)
    const leader = await leadAt(site)
    site.apply('set', { beans: 1, milk: 2 })
    site.apply('order', { milk: 1 }, { consumer: 'ana' })
    await site.pass(1_000)
    leader.kill()
    site.server.deleteReservation('shop/set')
    site.server.deleteReservation('shop/order')
    const next = await leadAt(site, 'writer-2')
    await site.pass(2_000)
    assert.deepEqual([site.out('beans'), site.out('milk')], [0, 0])
    assert.equal(next.engine.departed.size, 0)
  })

  it('keeps the order of the line, and the time of those who wait', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 4 })
    const leader = await leadAt(site)
    site.apply('holder', { beans: 4 })
    await site.pass(500)
    site.apply('low', { beans: 2 }, { waitForMs: 60_000 })
    await site.pass(500)
    site.apply('high', { beans: 3 }, { waitForMs: 60_000, priority: 5 })
    await site.pass(500)
    leader.kill()
    await leadAt(site, 'writer-2')
    site.server.deleteReservation('shop/holder')
    await site.pass(2_000)
    assert.deepEqual(site.phasesOf(['high', 'low']), ['Reserved', 'Waiting'])
    await site.pass(60_000)
    assert.deepEqual([site.phaseOf('low'), site.told('low')?.reason], ['Rejected', 'WaitTimedOut'])
  })

  it('ends the process that finds a stock written by somebody who leads after it', async () => {
    const site = aSite()
    site.stock('beans')
    const first = await leadAt(site)
    site.apply('order', { beans: 1 })
    await site.pass(1_000)
    await leadAt(site, 'writer-2')
    assert.equal(first.fatals.length, 1)
    assert.match(String(first.fatals[0]), /beans was written by writer-2/)
    site.apply('second', { beans: 1 })
    await site.pass(1_000)
    assert.equal(site.phaseOf('second'), 'Reserved')
  })
})

describe('terms that change', () => {
  async function twoInLine(): Promise<Site> {
    const site = aSite()
    site.stock('beans', { quantity: 10, waitlist: lineOf(10) })
    return site
  }
  const lineOf = (maxLength: number, maxPriority = 1_000) =>
    ({ order: 'Strict', maxLength, maxWaitMs: 60 * minuteMs, maxPriority }) as const

  for (const { when, restarts } of [
    { when: 'at once', restarts: false },
    { when: 'after a takeover', restarts: true },
  ])
    it(`decide nothing for those in line, ${when}`, async () => {
      const site = await twoInLine()
      const leader = await leadAt(site)
      site.apply('holder', { beans: 10 })
      await site.pass(500)
      site.apply('large', { beans: 8 }, { waitForMs: 30 * minuteMs, priority: 9 })
      site.apply('small', { beans: 2 }, { waitForMs: 30 * minuteMs })
      await site.pass(1_000)
      site.server.changeTerms('shop/beans', { limits: { perReservation: 5 }, waitlist: lineOf(0, 1) })
      if (restarts) leader.kill()
      if (restarts) await leadAt(site, 'writer-2')
      await site.pass(20_000)
      assert.deepEqual(site.phasesOf(['large', 'small']), ['Waiting', 'Waiting'])
      site.server.deleteReservation('shop/holder')
      await site.pass(20_000)
      assert.deepEqual(site.phasesOf(['large', 'small']), ['Waiting', 'Reserved'], 'it is passed over, not refused')
      site.server.changeTerms('shop/beans', { limits: {}, waitlist: lineOf(10) })
      await site.pass(20_000)
      assert.equal(site.phaseOf('large'), 'Reserved')
    })
})
