import assert from 'node:assert/strict'
import { pause } from '../../../../operator/application/clock.ts'
import { leadAt } from './a-leader.ts'
import { aSite } from './a-site.ts'

describe('who asks a stock that can not be taken over again', () => {
  it('is answered when that has failed', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 10 })
    const leader = await leadAt(site)
    const failing = leader.actorOf('beans').retake(async () => {
      await pause(site.clock, 1_000)
      throw new Error('could not be read in time')
    })
    failing.catch(() => undefined)
    await site.pass(500)
    site.apply('order', { beans: 1 })
    await site.pass(3_000)
    assert.equal(site.phaseOf('order'), 'Reserved')
  })
})
