import assert from 'node:assert/strict'
import { stockSeen } from '../../../../operator/application/engine/lead.ts'
import { aSpec, someTerms } from '../../../fixtures/builders.ts'
import { type Leader, leadAt, leadWithout } from '../engine/a-leader.ts'
import { aSite, type Site } from '../engine/a-site.ts'

const hourMs = 3_600_000
const sets = Array.from({ length: 100 }, (_, index) => `set-${index}`)

/** A hundred sets hold a unit of a and of b each, and b can't decide any more. */
async function heldByHalted(): Promise<{ site: Site; leader: Leader }> {
  const site = aSite()
  site.stock('a', { quantity: 1_000 })
  site.stock('b', { quantity: 1_000 })
  const leader = await leadAt(site)
  for (const set of sets) site.apply(set, { a: 1, b: 1 }, { ttlMs: 120_000 })
  site.apply('single', { a: 1 }, { ttlMs: hourMs })
  await site.pass(10_000)
  site.answers.append = ({ name }, { conditions }) =>
    name === 'b' && conditions.every(({ reason }) => reason !== 'InternalError')
      ? { before: { kind: 'refused', reason: 'ledger.at must be a date', guard: false } }
      : undefined
  site.apply('trigger', { b: 1 })
  await site.pass(5_000)
  assert.equal(site.notReady('b'), 'InternalError')
  return { site, leader }
}

describe('verdicts for a stock of a namespace that can not be listed', () => {
  it('are 32 at most, their home serves on, and all end once it can be', async () => {
    const site = aSite()
    site.stock('a', { quantity: 1_000 })
    site.server.createStock('team', 'b', someTerms({ quantity: 1_000, allowedNamespaces: ['*'] }))
    const first = await leadAt(site)
    const items = [
      { stockNamespace: 'shop', stock: 'a', quantity: 1 },
      { stockNamespace: 'team', stock: 'b', quantity: 1 },
    ]
    const spec = aSpec({ items, ttlMs: 120_000 })
    for (const name of sets)
      site.server.createReservation({ namespace: 'shop', name, createdAt: site.clock.now(), spec })
    await site.pass(60_000)
    assert.equal(site.out('a'), sets.length)
    first.kill()
    const { leader, unseen } = await leadWithout(site, 'team/b')
    await site.pass(180_000)
    assert.equal(leader.actorOf('a').journal.entries.length, 32)
    site.apply('single', { a: 1 }, { ttlMs: hourMs })
    await site.pass(5_000)
    assert.equal(site.phaseOf('single'), 'Reserved')
    site.answers.serves = () => true
    stockSeen(leader.engine, unseen)
    leader.takeUp('team')
    await site.pass(60_000)
    assert.deepEqual(new Set(site.phasesOf(sets)), new Set(['Expired']))
    assert.equal(site.out('a'), 1)
  })
})

describe('verdicts that a halted stock does not follow', () => {
  const ends: Readonly<Record<string, (site: Site) => void>> = {
    'expire at one moment': () => undefined,
    'are released at one moment': ({ server }) => {
      for (const set of sets) server.changeReservation(`shop/${set}`, { state: 'Released' })
    },
    'are deleted at one moment': ({ server }) => {
      for (const set of sets) server.deleteReservation(`shop/${set}`)
    },
  }
  for (const [how, end] of Object.entries(ends))
    it(`are 32 at most, though a hundred of its sets ${how}, and their home serves on`, async () => {
      const { site, leader } = await heldByHalted()
      end(site)
      await site.pass(130_000)
      assert.equal(leader.actorOf('a').journal.entries.filter(({ followed }) => !followed).length, 32)
      site.apply('new', { a: 1 })
      site.server.changeReservation('shop/single', { state: 'Confirmed' })
      await site.pass(1_000)
      assert.deepEqual(site.phasesOf(['new', 'single']), ['Reserved', 'Confirmed'])
      site.answers.append = () => undefined
      await site.pass(400_000)
      assert.deepEqual([site.out('a'), site.out('b')], [2, 1])
      assert.equal(leader.actorOf('a').journal.entries.length, 0)
    })
})
