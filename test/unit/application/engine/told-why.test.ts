import assert from 'node:assert/strict'
import { stockSeen } from '../../../../operator/application/engine/lead.ts'
import { leadAt } from './a-leader.ts'
import { denied } from './a-site.ts'
import { aShop, freeze, frozen, halt, MINUTE_MS, minutes, patient, saidOf, writesFrom } from './telling.ts'

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
    assert.equal(saidOf(site, 'head'), `waiting for 2 of apples: 0 of 10 available; not decided yet: apples: ${frozen}`)
    assert.match(saidOf(site, 'blocker') ?? '', /held until 10:01:01Z; not decided yet: apples: its books/)
    assert.ok((writes()['head'] ?? 0) <= 3, `${writes()['head']} writes`)
  })

  for (const [how, said] of [
    ['denied', frozen],
    ['halted', 'something is wrong with it'],
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
      assert.equal(
        saidOf(site, 'set'),
        `waiting for 2 of apples, 2 of milk: nothing missing; not decided yet: milk: ${said}`,
      )
      assert.ok((writes()['set'] ?? 0) <= 3, `${writes()['set']} writes`)

      site.answers.append = () => undefined
      site.answers.readStock = () => undefined
      await minutes(site, leader, 10)
      assert.equal(site.phaseOf('set'), 'Reserved')
    })
  }
})

describe('Whoever stands in the line of a stock that can not decide', () => {
  const WAITING = 30

  /** Ten apples, all held, and a line for them. */
  async function aLine() {
    const { site, leader } = await aShop()
    site.apply('blocker', { apples: 10 }, { ttlMs: 900 * MINUTE_MS })
    await site.pass(2_000)
    const names = Array.from({ length: WAITING }, (_, index) => `w${index}`)
    for (const name of names) site.apply(name, { apples: 1, milk: 1 }, patient)
    await minutes(site, leader, 1)
    const saying = (text: string) => names.filter((name) => saidOf(site, name)?.includes(text)).length
    return { site, leader, saying }
  }

  it('is told so no more once it can, in front and behind', async () => {
    const { site, leader, saying } = await aLine()
    freeze(site, 'apples')
    site.apply('newcomer', { apples: 1 })
    await minutes(site, leader, 5)
    assert.equal(saying("apples: its books can't be stored"), WAITING)
    site.answers.append = () => undefined
    await minutes(site, leader, 5)
    assert.equal(saying("can't be stored"), 0)
  })

  it('is told so once, though the reason changes with every try', async function () {
    this.timeout(60_000) // an hour, in which a line is looked at every few seconds
    const { site, leader } = await aLine()
    let tries = 0
    site.answers.append = ({ name }) => {
      tries += 1
      return name === 'apples' ? { before: { ...denied, reason: `try ${tries}` } } : undefined
    }
    site.apply('newcomer', { apples: 1 })
    const writes = writesFrom(site)
    await minutes(site, leader, 60)
    for (const [name, count] of Object.entries(writes())) assert.ok(count <= 36, `${name}: ${count} in an hour`)
  })

  it('hears of a pause that is over, also behind', async () => {
    const { site, leader } = await aShop()
    site.apply('blocker', { apples: 10 }, { ttlMs: 900 * MINUTE_MS })
    await site.pass(2_000)
    site.server.changeTerms('shop/apples', { paused: true })
    await minutes(site, leader, 1)
    const names = Array.from({ length: WAITING }, (_, index) => `w${index}`)
    for (const name of names) site.apply(name, { apples: 1 }, patient)
    await minutes(site, leader, 1)
    const paused = () => names.filter((name) => saidOf(site, name)?.includes('apples is not Ready (Paused)')).length
    assert.equal(paused(), WAITING)
    site.server.changeTerms('shop/apples', { paused: false })
    await minutes(site, leader, 1)
    assert.equal(paused(), 0)
  })
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
