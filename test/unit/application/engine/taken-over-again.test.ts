import assert from 'node:assert/strict'
import { pause } from '../../../../operator/application/clock.ts'
import { stockSeen } from '../../../../operator/application/engine/lead.ts'
import { aLeader, type Leader, leadAt } from './a-leader.ts'
import { aSite, type Site } from './a-site.ts'
import { booksThatDoNotClose, hourMs } from './books-that-do-not-close.ts'

describe('a stock that is taken over again', () => {
  it('is compared by what was found then, not by what was found before', async () => {
    const { site, leader } = await booksThatDoNotClose()
    const r1 = site.server.reservations.get('shop/r1')
    const beans = site.stored('beans')
    if (!r1 || !beans) throw new Error('r1 is gone')
    const { status: _, ...rest } = r1
    const unreadable = { ...rest, unreadable: 'status.expiresAt is nonsense', namedStockUids: [beans.uid] }
    site.server.reservations.set('shop/r1', unreadable)
    site.server.changeReservation('shop/r1', { note: 'seen' })
    site.server.changeTerms('shop/beans', { quantity: 11 })
    await site.pass(60_000)
    assert.ok(site.out('beans') >= 9, `nothing is counted down of what can't be read: ${site.out('beans')} are out`)
    site.apply('thief', { beans: 3 })
    await site.pass(10_000)
    assert.notEqual(site.phaseOf('thief'), 'Reserved')
    assert.deepEqual(leader.fatals, [])
  })

  it('at once is so at most every two seconds, however often that is wanted', async () => {
    const { site, leader } = await booksThatDoNotClose()
    let lists = 0
    const { reservations } = leader.engine.world
    const latest = reservations.latest
    Object.assign(reservations, {
      latest() {
        lists += 1
        return latest()
      },
    })
    for (let change = 0; change < 100; change += 1) {
      site.server.changeTerms('shop/beans', { product: `beans ${change}` })
      await site.pass(100)
    }
    assert.ok(lists >= 4 && lists <= 7, `${lists} lists of all reservations in ten seconds`)
  })

  it('is read no more often either while it can not be, however often that is wanted', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    site.apply('order', { beans: 1 })
    await site.pass(1_000)
    const [beans, order] = [site.stored('beans'), site.server.reservations.get('shop/order')]
    if (!beans || !order) throw new Error('nothing is stored')
    site.server.stocks.set('shop/beans', { ...beans, unreadable: 'status.ledger.format is 7' })
    leader.engine.unclear.missed(order)
    let reads = 0
    site.answers.readStock = () => {
      reads += 1
      return undefined
    }
    for (let look = 0; look < 100; look += 1) {
      site.server.changeReservation('shop/order', { note: `look ${look}` })
      await site.pass(100)
    }
    assert.ok(reads >= 4 && reads <= 14, `${reads} reads in ten seconds, some of them to complain`)
  })

  it('ends a leader who comes to know of it when somebody who leads later has written it, and is not written', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    await site.pass(2_000)
    const beans = site.stored('beans')
    assert.ok(beans?.status)
    const listed = { ...beans, name: 'milk', uid: 'uid-milk', openedAs: 'uid-milk' }
    const ledger = { ...beans.status.ledger, term: leader.engine.term + 1, writer: 'another' }
    const written = { ...listed, status: { ...beans.status, ledger } }
    site.server.stocks.set('shop/milk', written)
    stockSeen(leader.engine, listed)
    await site.pass(2_000)
    assert.match(String(leader.fatals[0]), /shop\/milk was written by another, who leads after us/)
    assert.deepEqual([site.stored('milk'), leader.halted], [written, []])
  })

  it('sells nothing again to whose object is gone, which the watch has yet to show', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    site.apply('order', { beans: 4 }, { state: 'Confirmed' })
    await site.pass(2_000)
    site.server.reservations.delete('shop/order')
    leader.actorOf('beans').halt(new Error('something is wrong with it'))
    await site.pass(12_000)
    assert.equal(leader.actorOf('beans').mode, 'open')
    leader.engine.enqueue('shop/order')
    await site.pass(10_000)
    assert.equal(site.out('beans'), 4)
  })

  it('sells nothing again either when the watch has yet to show that it was sold before', async () => {
    const site = aSite()
    for (const name of ['apples', 'beans']) site.stock(name, { quantity: 10 })
    const leader = await leadAt(site)
    const { reservations } = leader.engine.world
    site.apply('order', { apples: 2, beans: 4 }, { state: 'Confirmed' })
    const before = site.server.reservations.get('shop/order')
    await site.pass(2_000)
    site.server.reservations.delete('shop/order')
    Object.assign(reservations, { find: (key: string) => (key === 'shop/order' ? before : undefined) })
    for (const name of ['apples', 'beans']) leader.actorOf(name).halt(new Error('something is wrong with it'))
    await site.pass(12_000)
    leader.engine.enqueue('shop/order')
    await site.pass(10_000)
    assert.deepEqual([site.out('apples'), site.out('beans')], [2, 4])
  })

  it('sends no event again that is on its way', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 1_000 })
    const leader = await leadAt(site)
    site.kafka.refused.add('beans')
    site.answers.spool = () => Promise.reject(new Error('no room'))
    for (let index = 0; index < 50; index += 1) site.apply(`order-${index}`, { beans: 1 }, { ttlMs: 24 * hourMs })
    await site.pass(5_000)
    const before = leader.engine.relay.undelivered
    for (let again = 0; again < 5; again += 1) {
      leader.actorOf('beans').halt(new Error('something is wrong with it'))
      await site.pass(310_000)
    }
    assert.deepEqual([leader.actorOf('beans').mode, leader.engine.relay.undelivered], ['open', before])
  })

  it('survives a complaint of its own that lands late', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    const { ledger } = leader.engine.world
    const complain = ledger.complain
    Object.assign(ledger, {
      complain: async (...told: Parameters<typeof complain>) => {
        await pause(site.clock, 10_000)
        return complain(...told)
      },
    })
    let prunes = 1
    site.answers.append = (_, status) => {
      const stored = site.stored('beans')
      if (!stored || prunes-- <= 0) return undefined
      const { waiting: __, ...pruned } = status
      return { before: { kind: 'committed', stock: { ...stored, status: pruned as typeof status } } }
    }
    site.apply('order', { beans: 1 })
    await site.pass(40_000)
    assert.deepEqual([leader.fatals, site.phaseOf('order'), site.notReady('beans')], [[], 'Reserved', undefined])
  })
})

describe('a stock that comes while somebody leads, and can not be read', () => {
  it('says so, itself and to who asks, as one does that was there before', async () => {
    const site = aSite()
    const leader = await leadAt(site)
    site.stock('beans', { quantity: 10 })
    const beans = site.stored('beans')
    if (!beans) throw new Error('there are no beans')
    const unreadable = { ...beans, unreadable: 'status.ledger.format is 7', openedAs: beans.uid }
    site.server.stocks.set('shop/beans', unreadable)
    stockSeen(leader.engine, unreadable)
    site.apply('order', { beans: 1 })
    await site.pass(30_000)
    assert.deepEqual(
      [leader.actorOf('beans').mode, leader.actorOf('beans').closedBecause?.reason],
      ['halted', 'InternalError'],
    )
    assert.match(site.told('order')?.message ?? '', /status.ledger.format is 7/)
    await site.pass(20 * 60_000) // by then it is tried every five minutes
    const { unreadable: _, openedAs: __, ...mended } = unreadable
    site.server.stocks.set('shop/beans', mended)
    site.server.changeTerms('shop/beans', { product: 'mended' })
    await site.pass(5_000)
    assert.deepEqual([leader.actorOf('beans').mode, site.phaseOf('order')], ['open', 'Reserved'])
  })
})

describe('a stock whose end is written down', () => {
  /** Its end is in its journal, and the object can't be let go yet. */
  async function ended(): Promise<{ site: Site; leader: Leader }> {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    site.answers.mark = () => ({ kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 1_000 })
    site.server.deleteStock('shop/beans', false)
    await site.pass(5_000)
    assert.ok(leader.actorOf('beans').closed)
    return { site, leader }
  }
  const endsTold = (site: Site) =>
    new Set(site.events().flatMap(({ type, data }) => (type.includes('deleted') ? [data.sequence] : [])))

  it('is let go though it was halted and taken over again', async () => {
    const { site, leader } = await ended()
    leader.actorOf('beans').halt(new Error('something is wrong with it'))
    await site.pass(15_000)
    site.answers.mark = () => undefined
    await site.pass(15_000)
    assert.deepEqual([site.stored('beans'), endsTold(site).size], [undefined, 1])
  })

  it('keeps what was sold of it told, may take it back, and blocks nobody of the same name', async () => {
    const site = aSite()
    for (const name of ['beans', 'corn']) site.stock(name, { quantity: 10 })
    const leader = await leadAt(site)
    for (const name of ['sold', 'returned', 'deleted']) site.apply(name, { beans: 1 }, { state: 'Confirmed' })
    await site.pass(2_000)
    site.answers.mark = () => ({ kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 1_000 })
    site.server.deleteStock('shop/beans', false)
    await site.pass(5_000)
    site.server.deleteReservation('shop/deleted')
    await site.pass(1_000)
    site.apply('deleted', { corn: 1 })
    site.server.changeReservation('shop/returned', { state: 'Released' })
    await site.pass(60_000)
    assert.ok(leader.actorOf('beans').closed)
    assert.deepEqual(site.phasesOf(['sold', 'returned', 'deleted']), ['Confirmed', 'Released', 'Reserved'])
    assert.deepEqual(leader.faults, [])
  })

  it('ends once, whoever leads by then', async () => {
    const { site, leader } = await ended()
    leader.kill()
    const next = aLeader(site, 'writer-2')
    next.begin()
    site.apply('late', { beans: 1 })
    next.showStock('beans')
    await site.pass(10_000)
    assert.deepEqual([site.phaseOf('late'), site.told('late')?.reason], ['Rejected', 'StockTerminating'])
    site.answers.mark = () => undefined
    await site.pass(10_000)
    assert.deepEqual([site.stored('beans'), endsTold(site).size], [undefined, 1])
  })
})
