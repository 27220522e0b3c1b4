import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, type Site } from '../engine/a-site.ts'

const hourMs = 3_600_000
const forLong = { ttlMs: 20 * hourMs }
const patient = { waitForMs: 10 * hourMs }

/** Two sets wait for milk, of which nothing is free; there are beans for both. */
async function twoForMilk(): Promise<{ site: Site; refresh: () => Promise<void> }> {
  const site = aSite()
  site.stock('beans', { quantity: 5 })
  site.stock('milk', { quantity: 5 })
  const leader = await leadAt(site)
  site.apply('white', { milk: 5 }, forLong)
  await site.pass(500)
  for (const name of ['first', 'second']) {
    site.apply(name, { beans: 3, milk: 3 }, patient)
    await site.pass(1_000)
  }
  return { site, refresh: leader.refresh }
}

const missing = (stock: string, units: number) => [{ stockNamespace: 'shop', stock, missing: units }]

describe('a set in the line of another stock than its home is told', () => {
  it('where it stands there, from the beginning', async () => {
    const { site } = await twoForMilk()
    const [first, second] = ['first', 'second'].map((name) => site.told(name)?.waitlist)
    assert.deepEqual([first?.position, second?.position], [1, 2])
    assert.match(site.told('second')?.message ?? '', /3 of milk missing, 2nd in line/)
  })

  it('where it stands now, and what it lacks now', async () => {
    const { site, refresh } = await twoForMilk()
    site.server.deleteReservation('shop/first')
    site.server.changeTerms('shop/milk', { quantity: 6 })
    await site.pass(1_000)
    await refresh()
    assert.equal(site.told('second')?.waitlist?.position, 1)
    assert.deepEqual(site.told('second')?.waitlist?.shortages, missing('milk', 2))
  })

  it('what it lacks of its home once it lacks nothing else', async () => {
    const { site, refresh } = await twoForMilk()
    site.server.deleteReservation('shop/first')
    site.apply('black', { beans: 5 }, forLong)
    await site.pass(1_000)
    site.server.deleteReservation('shop/white')
    await site.pass(1_000)
    await refresh()
    assert.equal(site.phaseOf('second'), 'Waiting')
    assert.deepEqual(site.told('second')?.waitlist?.shortages, missing('beans', 3))
  })

  it('where it stands furthest behind, of several lines', async () => {
    const { site, refresh } = await twoForMilk()
    site.apply('black', { beans: 5 }, forLong)
    await site.pass(15_000)
    site.apply('urgent', { beans: 1 }, { ...patient, priority: 1 })
    await site.pass(1_000)
    await refresh()
    assert.deepEqual([site.told('first')?.waitlist?.position, site.told('second')?.waitlist?.position], [2, 3])
  })
})
