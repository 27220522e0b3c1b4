import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** A stock of ten whose latest entry is dated an hour ahead; somebody leads it whose clock is right. */
async function aStockFromTheFuture() {
  const site = aSite()
  site.stock('beans', { quantity: 10, hold: { ttlMs: 15 * MINUTE_MS, maxTtlMs: 40 * MINUTE_MS } })
  site.clock.jump(HOUR_MS)
  const ahead = await leadAt(site)
  site.apply('old', { beans: 1 }, { state: 'Confirmed' })
  await site.pass(2_000)
  ahead.kill()
  site.clock.jump(-HOUR_MS)
  return { site, leader: await leadAt(site, 'writer-2') }
}

const leftMs = (site: Site) => Date.parse(site.told('order')?.expiresAt ?? '') - site.clock.now()

describe('after API server and operator were an hour ahead together', () => {
  it('a hold with a ttl of its own lasts as long as it asks for, and ends after it began', async () => {
    const { site } = await aStockFromTheFuture()
    site.apply('order', { beans: 1 }, { ttlMs: 15 * MINUTE_MS })
    await site.pass(2_000)
    const { reservedAt = '' } = site.told('order') ?? {}
    assert.ok(Date.parse(reservedAt) <= site.clock.now(), `held since ${reservedAt}`)
    assert.ok(leftMs(site) <= 15 * MINUTE_MS, `held for ${leftMs(site)} ms more`)
    await site.pass(16 * MINUTE_MS)
    assert.equal(site.phaseOf('order'), 'Expired')
  })

  it('a hold is extended no longer than the stock lets it', async () => {
    const { site } = await aStockFromTheFuture()
    site.apply('order', { beans: 1 })
    await site.pass(2_000)
    site.server.changeReservation('shop/order', { ttlMs: 3 * HOUR_MS })
    await site.pass(2_000)
    assert.ok(leftMs(site) > 39 * MINUTE_MS && leftMs(site) < 40 * MINUTE_MS, `held for ${leftMs(site)} ms more`)
  })

  it('so it is by a leader who knows of the hold from the journal alone', async () => {
    const { site, leader } = await aStockFromTheFuture()
    site.answers.report = () => denied
    site.apply('order', { beans: 1 })
    await site.pass(2_000)
    leader.kill()
    site.answers.report = () => undefined
    await leadAt(site, 'writer-3')
    site.server.changeReservation('shop/order', { ttlMs: 3 * HOUR_MS })
    await site.pass(2_000)
    assert.ok(leftMs(site) > 39 * MINUTE_MS && leftMs(site) < 40 * MINUTE_MS, `held for ${leftMs(site)} ms more`)
  })

  it('a set, held of two such stocks, lasts as long as it asks for', async () => {
    const { site } = await aStockFromTheFuture()
    site.stock('cups', { quantity: 10 })
    site.apply('order', { beans: 1, cups: 1 }, { ttlMs: 20 * MINUTE_MS })
    await site.pass(2_000)
    assert.ok(leftMs(site) <= 20 * MINUTE_MS, `held for ${leftMs(site)} ms more`)
    await site.pass(21 * MINUTE_MS)
    assert.deepEqual([site.phaseOf('order'), site.out('cups')], ['Expired', 0])
  })

  it('who waits is not told that its time was changed', async () => {
    const { site } = await aStockFromTheFuture()
    site.apply('order', { beans: 10 }, { waitForMs: 5 * MINUTE_MS })
    await site.pass(2_000)
    const { message = '', waitlist } = site.told('order') ?? {}
    assert.doesNotMatch(message, /as waitFor said/)
    assert.ok(waitlist?.until && waitlist.since < waitlist.until, `waits from ${waitlist?.since}`)
    await site.pass(6 * MINUTE_MS)
    assert.equal(site.told('order')?.reason, 'WaitTimedOut')
  })
})
