import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aSite } from './a-site.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe('after API server and operator were an hour ahead together', () => {
  it('a hold with a ttl of its own lasts as long as it asks for, and ends after it began', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    site.clock.jump(HOUR_MS)
    const first = await leadAt(site)
    site.apply('old', { beans: 1 }, { state: 'Confirmed' })
    await site.pass(2_000)
    first.kill()
    site.clock.jump(-HOUR_MS)
    await leadAt(site, 'writer-2')
    site.apply('order', { beans: 1 }, { ttlMs: 15 * MINUTE_MS })
    await site.pass(2_000)
    const { expiresAt = '' } = site.told('order') ?? {}
    assert.ok(Date.parse(expiresAt) - site.clock.now() <= 15 * MINUTE_MS, `held until ${expiresAt}`)
    await site.pass(16 * MINUTE_MS)
    assert.equal(site.phaseOf('order'), 'Expired')
  })
})
