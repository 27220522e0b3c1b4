import assert from 'node:assert/strict'
import { type Leader, leadAt } from '../engine/a-leader.ts'
import { aSite, denied, type Site } from '../engine/a-site.ts'

const hourMs = 3_600_000
const minuteMs = 60_000

/** A set of one bean (its home), one cup and one milk: the cup is prepared, and the milk is paused before its turn comes. */
async function givenUp(): Promise<{ site: Site; leader: Leader }> {
  const site = aSite()
  for (const name of ['beans', 'cups', 'milk']) site.stock(name, { quantity: 1 })
  const leader = await leadAt(site)
  site.apply('set', { beans: 1, cups: 1, milk: 1 }, { waitForMs: hourMs, ttlMs: 10 * hourMs })
  await site.pass(3)
  site.server.changeTerms('shop/milk', { paused: true })
  for (let ms = 0; ms < 50 && site.out('cups') === 0; ms += 1) await site.pass(1)
  assert.equal(site.out('cups'), 1)
  site.answers.append = ({ name }) => (name === 'cups' ? { before: denied } : undefined)
  await site.pass(3_000)
  const verbs = leader.actorOf('beans').journal.entries.map(({ entry }) => entry.verb)
  assert.deepEqual([verbs, site.out('cups')], [['Wait'], 1], 'the cup is given up, and can not be given back')
  return { site, leader }
}

async function assertSoldOnce(site: Site): Promise<void> {
  site.apply('other', { cups: 1 }, { ttlMs: 10 * hourMs })
  await site.pass(10_000)
  const held = ['set', 'other'].filter((name) => site.phaseOf(name) === 'Reserved')
  assert.deepEqual([held, site.out('cups')], [['set'], 1])
}

describe('a set whose line was given up, and could not be given back', () => {
  it('is not held with that line', async () => {
    const { site } = await givenUp()
    site.server.changeTerms('shop/milk', { paused: false })
    await site.pass(minuteMs)
    assert.deepEqual([site.phaseOf('set'), site.out('beans')], ['Pending', 0])
    site.answers.append = () => undefined
    await site.pass(minuteMs)
    assert.equal(site.phaseOf('set'), 'Reserved')
    await assertSoldOnce(site)
  })

  it('is not either after another leader has taken over', async () => {
    const { site, leader } = await givenUp()
    leader.kill()
    site.server.changeTerms('shop/milk', { paused: false })
    await leadAt(site, 'writer-2')
    await site.pass(2_000)
    site.answers.append = () => undefined
    await site.pass(minuteMs)
    assert.equal(site.phaseOf('set'), 'Reserved')
    await assertSoldOnce(site)
  })

  it('writes no new wait at each look while it can not be', async () => {
    const { site, leader } = await givenUp()
    await site.pass(20 * minuteMs)
    assert.equal(leader.actorOf('beans').journal.entries.length, 1)
  })
})
