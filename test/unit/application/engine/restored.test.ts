import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aSite, denied } from './a-site.ts'

/** A stock with an order of four is deleted and restored, with its status, and its books are accepted. */
async function restored() {
  const site = aSite()
  site.stock('beans', { quantity: 10 })
  const first = await leadAt(site)
  site.apply('order', { beans: 4 }, { ttlMs: 3_600_000 })
  await site.pass(1_000)
  first.kill()
  site.server.restoreStock('shop/beans', true)
  site.server.acceptBooks('shop', 'beans')
  return { site, leader: await leadAt(site, 'writer-2') }
}

describe('a report after a restore', () => {
  it('is made in the end though a read fails while it is judged, and its entry stays until then', async () => {
    const { site, leader } = await restored()
    site.answers.readStock = () => Promise.reject(new Error('too many requests'))
    site.server.changeReservation('shop/order', { state: 'Confirmed' })
    await site.pass(1_500)
    const owed = () => leader.actorOf('beans').journal.entries.filter(({ reported }) => !reported)
    assert.deepEqual(
      owed().map(({ entry }) => entry.verb),
      ['Confirm'],
    )
    assert.equal(site.phaseOf('order'), 'Reserved')
    site.answers.readStock = () => undefined
    await site.pass(20_000)
    assert.deepEqual([site.phaseOf('order'), owed().length], ['Confirmed', 0])
    leader.kill()
    await leadAt(site, 'writer-3')
    await site.pass(2_000)
    const { reserved, confirmed } = site.stored('beans')?.status ?? {}
    assert.deepEqual([reserved, confirmed], [0, 4], 'it is sold once, and held no more')
  })
})

describe('taking over again', () => {
  it('opens a halted stock again after ten seconds, and serves those who came meanwhile', async () => {
    const { site, leader } = await restored()
    leader.actorOf('beans').halt(new Error('something is wrong with it'))
    site.apply('new', { beans: 1 })
    await site.pass(5_000)
    assert.deepEqual([site.phaseOf('new'), leader.actorOf('beans').mode], ['Pending', 'halted'])
    assert.match(site.told('new')?.message ?? '', /something is wrong with it/)
    await site.pass(6_000)
    assert.deepEqual([site.phaseOf('new'), site.out('beans')], ['Reserved', 5])
  })

  it('has those who were told why they wait not hear that it is being counted, unless that takes long', async () => {
    const { site, leader } = await restored()
    leader.actorOf('beans').halt(new Error('something is wrong with it'))
    site.apply('new', { beans: 1 })
    site.answers.readStock = () => Promise.reject(new Error('no answer'))
    await site.pass(60_000)
    site.answers.readStock = () => undefined
    site.answers.append = ({ name }) =>
      name === 'beans' ? { before: { kind: 'unknown', cause: 'NoAnswer', reason: 'no answer' } } : undefined
    await site.pass(14_000)
    assert.equal(leader.actorOf('beans').mode, 'counting')
    assert.match(site.told('new')?.message ?? '', /something is wrong with it/)
    site.answers.append = () => undefined
    await site.pass(3_000)
    assert.equal(site.phaseOf('new'), 'Reserved')
  })

  it('comes ever later while the stock fails again, and is never given up', async () => {
    const { site, leader } = await restored()
    site.answers.append = ({ name }, { conditions }) =>
      name === 'beans' && conditions.every(({ reason }) => reason !== 'InternalError')
        ? { before: { kind: 'refused', reason: 'out of bounds', guard: false } }
        : undefined
    site.apply('new', { beans: 1 })
    const counts: number[] = []
    for (const minutes of [1, 5, 60]) {
      await site.pass(minutes * 60_000)
      counts.push(leader.halted.length)
    }
    const [first = 0, second = 0, third = 0] = counts
    assert.ok(first >= 2 && first <= 4, `${first} in the first minute`)
    assert.ok(second - first >= 2 && second - first <= 5, `${second - first} in the next five`)
    assert.ok(third - second >= 11 && third - second <= 14, `${third - second} in the hour after`)
    site.answers.append = () => undefined
    await site.pass(310_000)
    assert.deepEqual([site.phaseOf('new'), leader.fatals], ['Reserved', []])
  })

  it('reads again when the API server does not answer, and counts that', async () => {
    const { site, leader } = await restored()
    leader.actorOf('beans').halt(new Error('something is wrong with it'))
    site.answers.readStock = () => Promise.reject(new Error('no answer'))
    await site.pass(15_000)
    assert.equal(leader.actorOf('beans').mode, 'halted')
    assert.ok(leader.retried.includes('take a stock over again: NoAnswer'))
    site.answers.readStock = () => undefined
    await site.pass(40_000)
    assert.deepEqual([leader.actorOf('beans').mode, site.out('beans')], ['open', 4])
  })

  it('lets go of a stock that is gone meanwhile', async () => {
    const { site, leader } = await restored()
    const actor = leader.actorOf('beans')
    actor.halt(new Error('something is wrong with it'))
    site.server.deleteStock('shop/beans', true)
    await site.pass(30_000)
    assert.deepEqual([actor.stopped, leader.engine.stocks.find('shop/beans')], [true, undefined])
    assert.deepEqual([site.phaseOf('order'), site.told('order')?.reason], ['Released', 'StockGone'])
  })
})

describe('opening a stock', () => {
  it('marks it before its first hold, however long that takes', async () => {
    const site = aSite()
    site.answers.mark = () => denied
    const leader = await leadAt(site)
    site.stock('beans')
    site.apply('order', { beans: 1 })
    await site.pass(5_000)
    assert.deepEqual([site.stored('beans')?.guarded, site.stored('beans')?.status], [false, undefined])
    site.answers.mark = () => undefined
    await site.pass(10_000)
    assert.deepEqual([site.stored('beans')?.guarded, site.phaseOf('order')], [true, 'Reserved'])
    assert.deepEqual(leader.halted, [])
  })

  it('waits while the clock is wrong', async () => {
    const site = aSite()
    site.stock('beans')
    site.setAhead(60_000)
    const leader = await leadAt(site)
    await site.pass(10_000)
    assert.equal(leader.actorOf('beans').mode, 'halted')
    site.setAhead(0)
    site.apply('order', { beans: 1 })
    await site.pass(5_000)
    assert.deepEqual([leader.actorOf('beans').mode, site.phaseOf('order')], ['open', 'Reserved'])
  })
})
