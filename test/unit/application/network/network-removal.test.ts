import assert from 'node:assert/strict'
import { networkWorld } from '../../../fakes/network-world.ts'
import { aNetwork } from '../../../fixtures/network-builders.ts'

const blue = aNetwork()

describe('the end of a network', () => {
  it('says of a deleted one that its provider or its fabric refuses, and since when', async () => {
    const world = networkWorld()
    world.networks.put(blue)
    for (let times = 0; times < 2; times += 1) await world.reconcile(blue)
    world.networks.delete('team/blue')
    const waits = () => {
      const found = world.stored(blue).status.conditions.find(({ type }) => type === 'Deleting')
      return [found?.reason, found?.lastTransitionTime, found?.message]
    }
    for (let times = 0; times < 2; times += 1) {
      world.removals.push(() => {
        throw new Error('a webhook denies it')
      })
      await assert.rejects(world.reconcile(blue), /a webhook denies it/)
      await world.clock.advance(60_000)
    }
    assert.deepEqual(waits(), [
      ...['ProviderFailed', '2026-11-22T10:00:00Z'],
      'Simulated does not let go of it: a webhook denies it; if what it has is gone for good: ' +
        'kubectl annotate -n team vnetwork blue kbnt.io/abandon=true',
    ])
    const { release } = world.fabrics
    world.fabrics.release = () => Promise.reject(new Error('the book can not be written'))
    await assert.rejects(world.reconcile(blue), /can not be written/)
    assert.deepEqual(waits(), [
      ...['NotGivenBack', '2026-11-22T10:02:00Z'],
      'what was reserved for it is not given back: the book can not be written',
    ])
    world.fabrics.release = release
    await world.reconcile(blue)
    assert.equal(world.stored(blue).status.reason, 'Deleted')
  })
})
