import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'

/** Three hold one of ten each; then somebody takes the stock's marks off, and lets nobody put them back. */
async function aFrozenStock() {
  const site = aSite()
  site.stock('beans', { quantity: 10 })
  const leader = await leadAt(site)
  for (const name of ['sold', 'returned']) site.apply(name, { beans: 1 }, { ttlMs: 3_600_000 })
  site.apply('short', { beans: 1 }, { ttlMs: 60_000 })
  await site.pass(2_000)
  site.answers.mark = () => denied
  const { openedAs: _, ...replaced } = site.stored('beans') ?? assert.fail()
  site.server.stocks.set('shop/beans', { ...replaced, guarded: false, finalizers: [] })
  return { site, leader }
}

async function endsAllHolds(site: Site): Promise<void> {
  site.server.changeReservation('shop/sold', { state: 'Confirmed' })
  site.server.changeReservation('shop/returned', { state: 'Released' })
  await site.pass(120_000)
  assert.deepEqual(site.phasesOf(['sold', 'returned', 'short']), ['Confirmed', 'Released', 'Expired'])
}

async function isMarkedOnceAllowed(site: Site): Promise<void> {
  site.answers.mark = () => undefined
  await site.pass(120_000)
  const { uid, openedAs, guarded } = site.stored('beans') ?? assert.fail()
  assert.deepEqual([openedAs, guarded], [uid, true])
}

describe('a stock whose marks were taken off', () => {
  it('confirms, gives back and lets holds expire though somebody refuses to have them put back', async () => {
    const { site } = await aFrozenStock()
    site.server.changeTerms('shop/beans', { product: 'replaced' })
    await site.pass(2_000)
    await endsAllHolds(site)
    await isMarkedOnceAllowed(site)
  })

  it('does so for the next leader, too', async () => {
    const { site, leader } = await aFrozenStock()
    leader.kill()
    await leadAt(site, 'writer-2')
    assert.equal(site.notReady('beans'), undefined)
    await endsAllHolds(site)
    await isMarkedOnceAllowed(site)
  })

  it('does so after it was taken over again, too', async () => {
    const { site, leader } = await aFrozenStock()
    leader.actorOf('beans').halt(new Error('its books are in doubt'))
    await site.pass(15_000)
    await endsAllHolds(site)
    await isMarkedOnceAllowed(site)
  })
})

describe('a stock that has no books yet', () => {
  it('hands nothing out and has none written before it is marked', async () => {
    const site = aSite()
    site.answers.mark = () => denied
    site.stock('beans', { quantity: 10 })
    await leadAt(site)
    site.apply('order', { beans: 1 })
    await site.pass(60_000)
    assert.deepEqual([site.stored('beans')?.status, site.phaseOf('order')], [undefined, 'Pending'])
    await isMarkedOnceAllowed(site)
    assert.equal(site.phaseOf('order'), 'Reserved')
  })
})
