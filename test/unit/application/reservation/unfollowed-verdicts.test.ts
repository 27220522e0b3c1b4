import assert from 'node:assert/strict'
import { type Leader, leadAt } from '../engine/a-leader.ts'
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
