import assert from 'node:assert/strict'
import { stockSeen } from '../../../../operator/application/engine/lead.ts'
import { someTerms } from '../../../fixtures/builders.ts'
import { leadAt, leadWithout } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'
import { put, restOf } from './lines.ts'

const HOUR_MS = 3_600_000
const long = { ttlMs: 10 * HOUR_MS }
const patient = { waitForMs: 20 * HOUR_MS }

describe('a set that waits, and of which something can not be seen', () => {
  async function aLine(site: Site, otherStock: string) {
    put(site, 'blocker', { 'shop/apples': 10 }, long)
    await site.pass(2_000)
    put(site, 'set', { 'shop/apples': 2, [otherStock]: 2 }, patient)
    await site.pass(2_000)
    put(site, 'behind', { 'shop/apples': 1 }, { ...patient, ...long })
    await site.pass(2_000)
  }

  async function aLineWithoutZoo() {
    const site = aSite()
    site.stock('apples', { quantity: 10 })
    site.server.createStock('zoo', 'eggs', someTerms({ quantity: 10, allowedNamespaces: ['*'] }))
    const first = await leadAt(site)
    put(site, 'eater', { 'zoo/eggs': 10 }, long)
    await aLine(site, 'zoo/eggs')
    first.kill()
    return { site, ...(await leadWithout(site, 'zoo/eggs')) }
  }

  it('keeps nobody waiting at the stock that it does not lack while another is in a namespace that is not listed', async () => {
    const { site, leader, unseen } = await aLineWithoutZoo()
    site.server.changeReservation('shop/blocker', { state: 'Released' })
    await site.pass(30_000)
    put(site, 'newcomer', { 'shop/apples': 1 }, long)
    await site.pass(5_000)
    assert.deepEqual(site.phasesOf(['set', 'behind', 'newcomer']), ['Waiting', 'Reserved', 'Reserved'])

    site.answers.serves = () => true
    stockSeen(leader.engine, unseen)
    leader.takeUp('zoo')
    site.server.changeReservation('shop/eater', { state: 'Released' })
    await site.pass(60_000)
    assert.equal(site.phaseOf('set'), 'Reserved', 'and has kept its place')
  })

  it('is refused all the same when its home is deleted, which then can go', async () => {
    const { site } = await aLineWithoutZoo()
    site.server.deleteStock('shop/apples', false)
    await site.pass(30_000)
    assert.deepEqual([site.phaseOf('set'), site.told('set')?.reason], ['Rejected', 'StockTerminating'])
  })

  it('leaves every line when it can not be read itself', async () => {
    const site = aSite()
    for (const name of ['apples', 'milk']) site.stock(name, { quantity: 10 })
    await leadAt(site)
    await aLine(site, 'shop/milk')
    const { status: _, ...head } = site.server.reservations.get('shop/set') ?? assert.fail()
    const unreadable = { ...head, unreadable: 'status.waitlist.since is nonsense', namedStockUids: ['s1'] }
    site.server.reservations.set('shop/set', unreadable)
    site.server.changeReservation('shop/set', { note: 'seen' })
    await site.pass(2_000)
    site.server.changeReservation('shop/blocker', { state: 'Released' })
    await site.pass(5_000)
    assert.equal(site.phaseOf('behind'), 'Reserved')
  })
})

describe('what a follower has done for a home', () => {
  it('stays in its journal while that is in a namespace that is not listed, and leaves it when it is', async () => {
    const site = aSite()
    site.server.createStock('farm', 'eggs', someTerms({ quantity: 10, allowedNamespaces: ['*'] }))
    site.stock('milk', { quantity: 10 })
    const first = await leadAt(site)
    put(site, 'set', { 'farm/eggs': 2, 'shop/milk': 2 }, long)
    await site.pass(2_000)
    site.answers.report = () => denied
    site.server.changeReservation('shop/set', { state: 'Released' })
    await site.pass(3_000)
    first.kill()
    site.answers.report = () => undefined
    const second = await leadWithout(site, 'farm/eggs')
    put(site, 'other', { 'shop/milk': 9 }, long)
    await site.pass(5_000)
    assert.deepEqual(restOf(site, 'shop/milk').pending, ['Release'])
    second.leader.kill()
    const { leader, unseen } = await leadWithout(site, 'farm/eggs')
    put(site, 'third', { 'shop/milk': 1 })
    await site.pass(5_000)
    assert.equal(site.phaseOf('third'), 'Reserved', 'its books close')

    site.answers.serves = () => true
    stockSeen(leader.engine, unseen)
    leader.takeUp('farm')
    await site.pass(60_000)
    assert.deepEqual([site.phaseOf('set'), restOf(site, 'shop/milk').pending], ['Released', []])
  })

  it('stays a sale where its home was deleted by force and its reservation can not be seen', async () => {
    const site = aSite()
    for (const name of ['apples', 'cheese']) site.stock(name, { quantity: 10, allowedNamespaces: ['*'] })
    const first = await leadAt(site)
    put(site, 'order', { 'shop/apples': 1, 'shop/cheese': 3 }, { ...long, namespace: 'team' })
    await site.pass(1_000)
    site.answers.report = () => denied
    site.server.changeReservation('team/order', { state: 'Confirmed' })
    while (site.stored('cheese')?.status?.confirmed !== 3) await site.pass(1)
    site.server.deleteStock('shop/apples', true)
    await site.pass(3_000)
    first.kill()
    site.answers.serves = (namespace) => namespace === 'shop'
    const second = await leadAt(site, 'writer-2')
    await site.pass(30_000)
    assert.deepEqual(restOf(site, 'shop/cheese'), { reserved: 0, confirmed: 3, pending: ['Confirm'] })
    second.kill()
    site.answers.serves = () => true
    site.answers.report = () => undefined
    await leadAt(site, 'writer-3')
    await site.pass(60_000)
    assert.deepEqual(restOf(site, 'shop/cheese'), { reserved: 0, confirmed: 3, pending: [] })
    assert.equal(site.phaseOf('order', 'team'), 'Released')
  })
})

describe('clocks that were ahead together, the API server and the operator', () => {
  it('do not make a confirm come too late that comes in time', async () => {
    const site = aSite()
    site.stock('apples', { quantity: 10 })
    await leadAt(site)
    put(site, 'early', { 'shop/apples': 1 }, { ttlMs: 900_000 })
    await site.pass(2_000)
    site.clock.jump(24 * HOUR_MS)
    await site.pass(5_000)
    put(site, 'meanwhile', { 'shop/apples': 1 }, { ttlMs: 60_000 })
    await site.pass(5_000)
    site.clock.jump(-24 * HOUR_MS)
    await site.pass(10_000)
    site.server.changeReservation('shop/early', { state: 'Confirmed' })
    await site.pass(5_000)
    assert.equal(site.phaseOf('early'), 'Confirmed')
  })
})
