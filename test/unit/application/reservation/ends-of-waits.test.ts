import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, type Site } from '../engine/a-site.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)

/** From now on no event of that stock goes out, and none of its entries leaves its journal. */
function holdEventsOf(site: Site, stock: string): void {
  const { uid } = site.stored(stock) ?? {}
  site.kafka.refused.add(stock)
  site.answers.spool = (stockUid) => (stockUid === uid ? Promise.reject(new Error('no room')) : undefined)
}

function assertTimedOut(site: Site, name: string): void {
  assert.deepEqual([site.phaseOf(name), site.told(name)?.reason], ['Rejected', 'WaitTimedOut'])
}

describe('a wait that is over ends, because that takes no units', () => {
  it('at a stock whose books do not close', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    site.apply('holder', { beans: 10 }, { ttlMs: 20 * hourMs })
    await site.pass(500)
    site.apply('order', { beans: 1 }, { waitForMs: 5 * minuteMs })
    await site.pass(1_000)
    leader.kill()
    site.server.changeTerms('shop/beans', { quantity: 5 })
    site.server.editStock('shop/beans', (status) => ({ ...status, reserved: 0, quantity: 5 }))
    await leadAt(site, 'writer-2')
    assert.deepEqual([site.notReady('beans'), site.phaseOf('order')], ['BooksDoNotClose', 'Waiting'])
    await site.pass(5 * minuteMs)
    assertTimedOut(site, 'order')
  })

  it('at a stock whose journal has no room for holds', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 300 })
    const leader = await leadAt(site)
    site.apply('holder', { beans: 100 }, { ttlMs: 20 * hourMs })
    await site.pass(500)
    for (const name of ['order', 'released'])
      site.apply(name, { beans: 250 }, { waitForMs: 3 * minuteMs, priority: -1 })
    await site.pass(1_000)
    holdEventsOf(site, 'beans')
    for (const name of names('filler', 200)) site.apply(name, { beans: 1 }, { priority: 1 })
    await site.pass(2 * minuteMs)
    const { journal } = leader.actorOf('beans')
    assert.ok(journal.room(journal.entries.length, true) < 2)
    site.server.changeReservation('shop/released', { state: 'Released' })
    await site.pass(1_000)
    assert.equal(site.phaseOf('released'), 'Released')
    await site.pass(minuteMs)
    assertTimedOut(site, 'order')
  })

  it('for a set one of whose other stocks has lost its books', async () => {
    const site = aSite()
    for (const name of ['beans', 'milk']) site.stock(name, { quantity: 2 })
    const leader = await leadAt(site)
    site.apply('black', { beans: 2 }, { ttlMs: 20 * hourMs })
    site.apply('white', { milk: 1 }, { ttlMs: 20 * hourMs })
    await site.pass(500)
    site.apply('set', { beans: 1, milk: 1 }, { waitForMs: minuteMs })
    await site.pass(1_000)
    leader.kill()
    site.server.restoreStock('shop/milk', false)
    await leadAt(site, 'writer-2')
    assert.deepEqual([site.notReady('milk'), site.phaseOf('set')], ['StatusLost', 'Waiting'])
    await site.pass(minuteMs)
    assertTimedOut(site, 'set')
  })

  it('for a set that holds nothing of a stock whose journal is full', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 2 })
    site.stock('milk', { quantity: 1_000 })
    const leader = await leadAt(site)
    site.apply('holder', { beans: 2 }, { ttlMs: 20 * hourMs })
    for (const name of names('before', 120)) site.apply(name, { milk: 1 }, { ttlMs: minuteMs })
    await site.pass(500)
    for (const name of ['set', 'released']) site.apply(name, { beans: 1, milk: 1 }, { waitForMs: 6 * minuteMs })
    await site.pass(5_000)
    holdEventsOf(site, 'milk')
    for (const name of names('after', 120)) site.apply(name, { milk: 1 }, { ttlMs: minuteMs })
    await site.pass(5 * minuteMs)
    const { journal } = leader.actorOf('milk')
    assert.equal(journal.room(journal.entries.length, false), 0)
    site.server.changeReservation('shop/released', { state: 'Released' })
    await site.pass(1_000)
    assert.equal(site.phaseOf('released'), 'Released')
    await site.pass(minuteMs)
    assertTimedOut(site, 'set')
  })

  it('for a set that lacks a stock for good, whatever another of its stocks can do', async () => {
    const site = aSite()
    for (const name of ['beans', 'cups', 'milk']) site.stock(name, { quantity: 2 })
    const leader = await leadAt(site)
    site.apply('holder', { beans: 2 }, { ttlMs: 20 * hourMs })
    site.apply('white', { milk: 1 }, { ttlMs: 20 * hourMs })
    await site.pass(500)
    site.apply('set', { beans: 1, cups: 1, milk: 1 }, { waitForMs: hourMs })
    await site.pass(5_000)
    leader.kill()
    site.server.restoreStock('shop/milk', false)
    await leadAt(site, 'writer-2')
    site.server.deleteStock('shop/cups', true)
    await site.pass(2 * minuteMs)
    assert.deepEqual([site.phaseOf('set'), site.told('set')?.reason], ['Rejected', 'StockNotFound'])
  })
})

describe('one in line', () => {
  it('is served in its turn once its stock has room, though it asks for nothing', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 2 })
    await leadAt(site)
    site.apply('holder', { beans: 2 }, { ttlMs: 10_000 })
    await site.pass(500)
    site.apply('order', { beans: 1 }, { waitForMs: hourMs, state: 'Confirmed' })
    await site.pass(15_000)
    assert.equal(site.phaseOf('order'), 'Confirmed')
  })

  it('has its new place at once when its priority changes, and so has who stood behind it', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 3 })
    await leadAt(site)
    site.apply('holder', { beans: 2 }, { ttlMs: hourMs })
    await site.pass(500)
    site.apply('large', { beans: 2 }, { waitForMs: hourMs, priority: 2 })
    await site.pass(500)
    site.apply('small', { beans: 1 }, { waitForMs: hourMs, priority: 1 })
    await site.pass(500)
    assert.deepEqual(site.phasesOf(['large', 'small']), ['Waiting', 'Waiting'])
    site.server.changeReservation('shop/large', { priority: 0 })
    await site.pass(500)
    assert.deepEqual(site.phasesOf(['large', 'small']), ['Waiting', 'Reserved'])
  })
})
