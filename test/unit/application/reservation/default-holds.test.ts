import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, type Site } from '../engine/a-site.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

const holdOf = (ttlMs: number, maxTtlMs = ttlMs) => ({ hold: { ttlMs, maxTtlMs } })

async function beansAndMilk(): Promise<Site> {
  const site = aSite()
  site.stock('beans', { quantity: 10, ...holdOf(hourMs) })
  site.stock('milk', { quantity: 10, ...holdOf(2 * hourMs) })
  await leadAt(site)
  return site
}

function heldForMs(site: Site, name: string): number {
  const { reservedAt = '', expiresAt = '' } = site.told(name) ?? {}
  return Date.parse(expiresAt) - Date.parse(reservedAt)
}

describe('a reservation that names no ttl', () => {
  it('is held as long as its stock says when it is decided, not when it came', async () => {
    const site = await beansAndMilk()
    site.apply('order', { beans: 1 })
    await site.pass(5) // it is on its way to its stock
    site.server.changeTerms('shop/beans', holdOf(minuteMs))
    await site.pass(2_000)
    assert.equal(site.phaseOf('order'), 'Reserved')
  })

  it('keeps its place in a strict line when holds become shorter', async () => {
    const site = await beansAndMilk()
    site.apply('holder', { beans: 10 })
    await site.pass(1_000)
    site.apply('first', { beans: 1 }, { waitForMs: hourMs })
    await site.pass(1_000)
    site.server.changeTerms('shop/beans', holdOf(minuteMs))
    await site.pass(1_000)
    site.server.deleteReservation('shop/holder')
    await site.pass(1_000)
    assert.equal(site.phaseOf('first'), 'Reserved')
    assert.equal(heldForMs(site, 'first'), minuteMs)
  })

  it('of several stocks is held as long as the shortest of their holds, by the terms of that moment', async () => {
    const site = await beansAndMilk()
    site.apply('holder', { milk: 10 })
    await site.pass(1_000)
    site.apply('set', { beans: 1, milk: 1 }, { waitForMs: hourMs })
    await site.pass(1_000)
    site.server.changeTerms('shop/milk', holdOf(2 * minuteMs))
    await site.pass(1_000)
    site.server.deleteReservation('shop/holder')
    await site.pass(1_000)
    assert.equal(site.phaseOf('set'), 'Reserved')
    assert.equal(heldForMs(site, 'set'), 2 * minuteMs)
  })
})

describe('a reservation that names a ttl', () => {
  it('is refused where its stock holds for less', async () => {
    const site = await beansAndMilk()
    site.apply('set', { beans: 1, milk: 1 }, { ttlMs: 2 * hourMs })
    await site.pass(1_000)
    assert.equal(site.told('set')?.reason, 'HoldTooLong')
  })
})
