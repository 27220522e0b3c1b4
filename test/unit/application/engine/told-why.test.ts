import assert from 'node:assert/strict'
import { stockSeen } from '../../../../operator/application/engine/lead.ts'
import { someTerms } from '../../../fixtures/builders.ts'
import { type Leader, leadAt, leadWithout } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'
import { put } from './lines.ts'

const MINUTE_MS = 60_000
const patient = { waitForMs: 20 * 60 * MINUTE_MS }
const frozen = "its books can't be stored: a freeze"

/** The site with a leader of ten apples and ten pints of milk. */
async function aShop() {
  const site = aSite()
  for (const name of ['apples', 'milk']) site.stock(name, { quantity: 10 })
  return { site, leader: await leadAt(site) }
}

const freeze = (site: Site, stock: string) => {
  site.answers.append = ({ name }) => (name === stock ? { before: denied } : undefined)
}

/** It can't be read again either. */
function halt(site: Site, leader: Leader, stock: string): void {
  site.answers.readStock = (name) => (name === stock ? Promise.reject(new Error('429')) : undefined)
  leader.actorOf(stock).halt(new Error('something is wrong with it'))
}

/** So many minutes, with a look at the lines every few seconds. */
async function minutes(site: Site, leader: Leader, count: number): Promise<void> {
  for (let left = count * 10; left > 0; left -= 1) {
    await site.pass(5_000)
    await leader.refresh()
  }
}

/** How often each status was written since. */
function writesFrom(site: Site): () => Record<string, number> {
  const writes: Record<string, number> = {}
  site.answers.report = ({ name }) => {
    writes[name] = (writes[name] ?? 0) + 1
    return undefined
  }
  return () => writes
}

const saidOf = (site: Site, name: string, namespace = 'shop') => site.told(name, namespace)?.message

describe('Who has units, or waits for some, of a stock that can not decide', () => {
  it('is told why nothing comes of what it asks, once, and that no more when that is decided', async () => {
    const { site, leader } = await aShop()
    for (const name of ['buyer', 'giver']) site.apply(name, { apples: 1 }, { ttlMs: 15 * MINUTE_MS })
    site.apply('calm', { apples: 1 }, { ttlMs: 900 * MINUTE_MS })
    await site.pass(2_000)
    freeze(site, 'apples')
    const writes = writesFrom(site)
    site.server.changeReservation('shop/buyer', { state: 'Confirmed' })
    site.server.changeReservation('shop/giver', { state: 'Released' })
    await minutes(site, leader, 10)

    const held = '1 of apples held until 10:15:01Z'
    for (const name of ['buyer', 'giver']) {
      assert.equal(saidOf(site, name), `${held}; not decided yet: apples: ${frozen}`)
      const texts = new Set(site.told(name)?.conditions.map(({ message }) => message))
      assert.deepEqual([...texts], [saidOf(site, name)])
      assert.equal(site.phaseOf(name), 'Reserved')
    }
    assert.deepEqual(writes(), { buyer: 1, giver: 1 })

    site.answers.append = () => undefined
    await minutes(site, leader, 1)
    assert.equal(saidOf(site, 'buyer'), '1 of apples sold')
    assert.equal(saidOf(site, 'giver'), '1 of apples given back')
  })

  it('is told so no more when it asks for nothing else any more', async () => {
    const { site, leader } = await aShop()
    site.apply('buyer', { apples: 1 }, { ttlMs: 15 * MINUTE_MS })
    await site.pass(2_000)
    halt(site, leader, 'apples')
    site.server.changeReservation('shop/buyer', { state: 'Confirmed' })
    await minutes(site, leader, 1)
    assert.match(saidOf(site, 'buyer') ?? '', /not decided yet: apples: something is wrong with it/)
    site.server.changeReservation('shop/buyer', { state: 'Reserved' })
    await minutes(site, leader, 1)
    assert.equal(saidOf(site, 'buyer'), '1 of apples held until 10:15:01Z')
  })

  it('hears of no hold that should have run out, nor of units that nobody can have', async () => {
    const { site, leader } = await aShop()
    site.apply('blocker', { apples: 10 }, { ttlMs: MINUTE_MS })
    await site.pass(2_000)
    site.apply('head', { apples: 2 }, patient)
    await site.pass(2_000)
    freeze(site, 'apples')
    const writes = writesFrom(site)
    await minutes(site, leader, 20)
    assert.equal(saidOf(site, 'head'), `waiting for 2 of apples: 0 of 10 available; apples: ${frozen}`)
    assert.match(saidOf(site, 'blocker') ?? '', /held until 10:01:01Z; not decided yet: apples: its books/)
    assert.ok((writes()['head'] ?? 0) <= 3, `${writes()['head']} writes`)
  })

  for (const [how, said] of [
    ['denied', `milk: ${frozen}`],
    ['halted', 'milk is not Ready (InternalError); not decided yet: milk: something is wrong with it'],
  ] as const) {
    it(`waits on, as a set, for what is not ${how}, and is told which stock keeps it`, async () => {
      const { site, leader } = await aShop()
      site.apply('blocker', { apples: 10 }, { ttlMs: 900 * MINUTE_MS })
      await site.pass(2_000)
      site.apply('set', { apples: 2, milk: 2 }, patient)
      await site.pass(2_000)
      if (how === 'denied') freeze(site, 'milk')
      else halt(site, leader, 'milk')
      site.apply('other', { milk: 1 })
      await site.pass(20_000)
      const writes = writesFrom(site)
      site.server.changeReservation('shop/blocker', { state: 'Released' })
      await minutes(site, leader, 5)
      assert.equal(saidOf(site, 'set'), `waiting for 2 of apples, 2 of milk: nothing missing; ${said}`)
      assert.ok((writes()['set'] ?? 0) <= 3, `${writes()['set']} writes`)

      site.answers.append = () => undefined
      site.answers.readStock = () => undefined
      await minutes(site, leader, 10)
      assert.equal(site.phaseOf('set'), 'Reserved')
    })
  }
})

describe('Who asks a stock that comes with books and can not be read', () => {
  it('is told so, and is served once it can be', async () => {
    const { site, leader: first } = await aShop()
    first.kill()
    const beans = site.server.stocks.get('shop/milk') ?? assert.fail()
    site.server.stocks.delete('shop/milk')
    const leader = await leadAt(site, 'writer-2')
    site.server.stocks.set('shop/milk', beans)
    const refused = new Error('virtualstocks "milk" is forbidden')
    site.answers.readStock = (name) => (name === 'milk' ? Promise.reject(refused) : undefined)
    stockSeen(leader.engine, beans)
    site.apply('order', { milk: 1 })
    await minutes(site, leader, 1)
    assert.equal(saidOf(site, 'order'), 'milk: its books can\'t be read: virtualstocks "milk" is forbidden')

    site.answers.readStock = () => undefined
    await minutes(site, leader, 5)
    assert.equal(site.phaseOf('order'), 'Reserved')
  })
})

describe('Who has units of a stock in a namespace that can not be listed', () => {
  const both = { 'shop/apples': 1, 'zoo/eggs': 1 }

  it('is told that its end, or its sale, waits for that', async () => {
    const site = aSite()
    site.stock('apples', { quantity: 10 })
    site.server.createStock('zoo', 'eggs', someTerms({ quantity: 10, allowedNamespaces: ['*'] }))
    const first = await leadAt(site)
    put(site, 'ends', both, { ttlMs: MINUTE_MS })
    put(site, 'sells', both, { ttlMs: 600 * MINUTE_MS })
    await site.pass(2_000)
    first.kill()
    const { leader } = await leadWithout(site, 'zoo/eggs')
    await site.pass(2_000)
    site.server.changeReservation('shop/sells', { state: 'Confirmed' })
    const writes = writesFrom(site)
    await minutes(site, leader, 10)
    const because = "not decided yet: namespace zoo can't be listed for now"
    assert.equal(saidOf(site, 'ends'), `1 of apples, 1 of zoo/eggs held until 10:01:01Z; ${because}`)
    assert.equal(saidOf(site, 'sells'), `1 of apples, 1 of zoo/eggs held until 20:00:01Z; ${because}`)
    assert.deepEqual(writes(), { ends: 1, sells: 1 })
  })
})
