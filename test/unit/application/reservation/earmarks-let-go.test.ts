import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, denied, type Site } from '../engine/a-site.ts'

const hourMs = 3_600_000

/** A set keeps all cups for itself while beans can't be stored; somebody stands in the line of cups. */
async function cupsKept(): Promise<Site> {
  const site = aSite()
  for (const stock of ['apples', 'beans', 'cups', 'dates']) site.stock(stock, { quantity: 10 })
  await leadAt(site)
  site.answers.append = ({ name }) => (name === 'beans' ? { before: denied } : undefined)
  site.apply('set', { apples: 1, beans: 1, cups: 10 })
  await site.pass(200)
  return site
}

describe('units that a set kept for itself and lets go', () => {
  it('are had at once by who waits for them', async () => {
    const site = await cupsKept()
    site.apply('order', { cups: 5 }, { waitForMs: hourMs })
    await site.pass(1_000)
    assert.equal(site.phaseOf('order'), 'Waiting')
    await site.pass(6_000)
    assert.deepEqual(site.phasesOf(['set', 'order']), ['Pending', 'Reserved'])
  })

  it('are had by another set, which looks around for them no longer than they are kept', async () => {
    const site = await cupsKept()
    site.apply('other', { cups: 5, dates: 5 }, { waitForMs: hourMs })
    await site.pass(1_000)
    assert.equal(site.phaseOf('other'), 'Waiting')
    await site.pass(5_000)
    assert.deepEqual(site.phasesOf(['set', 'other']), ['Pending', 'Reserved'])
  })
})
