import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, type Site } from '../engine/a-site.ts'

const hourMs = 3_600_000

describe('a set that waits', () => {
  const changes: readonly [string, (site: Site) => void][] = [
    [
      'the longest wait of a stock that it does not lack is shortened',
      (site) =>
        site.server.changeTerms('shop/beans', {
          waitlist: { order: 'Strict', maxLength: 1_000, maxWaitMs: 5 * hourMs, maxPriority: 1_000 },
        }),
    ],
    [
      'its client asks for a longer one than any stock allows',
      (site) => site.server.changeReservation('shop/set', { waitForMs: 200 * hourMs }),
    ],
  ]
  for (const [what, change] of changes)
    it(`keeps its place, and stands in no other line, when ${what}`, async () => {
      const site = aSite()
      site.stock('apples', { quantity: 1 })
      site.stock('beans', { quantity: 10 })
      await leadAt(site)
      site.apply('holder', { apples: 1 })
      await site.pass(1_000)
      site.apply('set', { apples: 1, beans: 1 }, { waitForMs: 10 * hourMs })
      await site.pass(1_000)
      site.apply('later', { apples: 1 }, { waitForMs: 10 * hourMs })
      await site.pass(1_000)
      change(site)
      await site.pass(5_000)
      site.server.changeReservation('shop/holder', { state: 'Released' })
      site.apply('beans-only', { beans: 1 })
      await site.pass(3_000)
      assert.deepEqual(site.phasesOf(['set', 'later', 'beans-only']), ['Reserved', 'Waiting', 'Reserved'])
    })
})
