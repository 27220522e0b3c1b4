import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aSite, denied } from './a-site.ts'

describe('a stock whose marks were taken off', () => {
  it('confirms, gives back and lets holds expire though somebody refuses to have them put back', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    await leadAt(site)
    for (const name of ['sold', 'returned']) site.apply(name, { beans: 1 }, { ttlMs: 3_600_000 })
    site.apply('short', { beans: 1 }, { ttlMs: 60_000 })
    await site.pass(2_000)
    site.answers.mark = () => denied
    const { openedAs: _, ...replaced } = site.stored('beans') ?? assert.fail()
    site.server.stocks.set('shop/beans', { ...replaced, guarded: false, finalizers: [] })
    site.server.changeTerms('shop/beans', { product: 'replaced' })
    await site.pass(2_000)
    site.server.changeReservation('shop/sold', { state: 'Confirmed' })
    site.server.changeReservation('shop/returned', { state: 'Released' })
    await site.pass(120_000)
    assert.deepEqual(site.phasesOf(['sold', 'returned', 'short']), ['Confirmed', 'Released', 'Expired'])
    site.answers.mark = () => undefined
    await site.pass(120_000)
    assert.equal(site.stored('beans')?.guarded, true)
  })
})
