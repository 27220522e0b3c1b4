import assert from 'node:assert/strict'
import { someTerms } from '../../../fixtures/builders.ts'
import { leadAt, leadWithout } from './a-leader.ts'
import { aSite } from './a-site.ts'
import { put } from './lines.ts'
import { aShop, freeze, halt, MINUTE_MS, minutes, saidOf, writesFrom } from './telling.ts'

describe('Who has units of a stock in a namespace that can not be listed', () => {
  const both = { 'shop/apples': 1, 'zoo/eggs': 1 }

  async function aZoo() {
    const site = aSite()
    site.stock('apples', { quantity: 10 })
    site.server.createStock('zoo', 'eggs', someTerms({ quantity: 10, allowedNamespaces: ['*'] }))
    return { site, first: await leadAt(site) }
  }

  it('is told that its end, or its sale, waits for that', async () => {
    const { site, first } = await aZoo()
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

  it('is told nothing of a sale that it was told of, whose entry is still to be sent', async () => {
    const { site, first } = await aZoo()
    put(site, 'sale', both, { ttlMs: 600 * MINUTE_MS })
    await site.pass(2_000)
    site.kafka.refused.add('audit')
    site.answers.spool = () => Promise.reject(new Error('no room for spools'))
    site.server.changeReservation('shop/sale', { state: 'Confirmed' })
    await site.pass(3_000)
    assert.equal(saidOf(site, 'sale'), '1 of apples, 1 of zoo/eggs sold')
    first.kill()
    const { leader } = await leadWithout(site, 'zoo/eggs')
    const writes = writesFrom(site)
    await minutes(site, leader, 10)
    assert.deepEqual([writes(), saidOf(site, 'sale')], [{}, '1 of apples, 1 of zoo/eggs sold'])
  })

  it('is told nothing as long as it asks for nothing', async () => {
    const { site, first } = await aZoo()
    put(site, 'held', { 'zoo/eggs': 1 }, { ttlMs: 600 * MINUTE_MS })
    put(site, 'sold', { 'zoo/eggs': 1 }, { state: 'Confirmed' })
    put(site, 'asks', { 'zoo/eggs': 1 }, { ttlMs: 600 * MINUTE_MS })
    await site.pass(2_000)
    first.kill()
    const { leader } = await leadWithout(site, 'zoo/eggs')
    site.server.changeReservation('shop/asks', { state: 'Confirmed' })
    const writes = writesFrom(site)
    await minutes(site, leader, 10)
    assert.deepEqual(writes(), { asks: 1 })
    assert.match(saidOf(site, 'asks') ?? '', /; not decided yet: namespace zoo can't be listed/)
  })

  it('is told why its sale waits now, not why it did at first', async () => {
    const { site, leader } = await aShop()
    site.apply('sale', { apples: 1, milk: 1 }, { ttlMs: 600 * MINUTE_MS })
    await site.pass(2_000)
    freeze(site, 'milk')
    site.server.changeReservation('shop/sale', { state: 'Confirmed' })
    await minutes(site, leader, 1)
    assert.match(saidOf(site, 'sale') ?? '', /; not decided yet: milk: its books can't be stored: a freeze$/)
    halt(site, leader, 'milk')
    await minutes(site, leader, 5)
    assert.match(saidOf(site, 'sale') ?? '', /; not decided yet: milk: something is wrong with it$/)
  })
})
