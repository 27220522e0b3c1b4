import assert from 'node:assert/strict'
import { NotItsTurn } from '../../../../operator/application/not-its-turn.ts'
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

  it('only waits for its turn at the book, and says so once where others of it could not be read', async () => {
    const world = networkWorld()
    world.networks.put(blue)
    for (let times = 0; times < 2; times += 1) await world.reconcile(blue)
    world.networks.delete('team/blue')
    const reasonNow = () => world.stored(blue).status.conditions.find(({ type }) => type === 'Deleting')?.reason
    for (const [hasFailed, reason] of [
      [false, undefined],
      [true, 'NotGivenBack'],
    ] as const) {
      world.fabrics.release = () => Promise.reject(new NotItsTurn('words', 5_000, hasFailed))
      assert.deepEqual(await world.reconcile(blue), { kind: 'recheckAfter', delayMs: 5_000 })
      assert.equal(reasonNow(), reason)
    }
    const { steps, resourceVersion } = { ...world.stored(blue), steps: world.stored(blue).status.steps }
    await world.reconcile(blue)
    assert.deepEqual([world.stored(blue).status.steps, world.stored(blue).resourceVersion], [steps, resourceVersion])
  })

  it('is not written for each of the words in which the same trouble is told, or it would be looked at without end', async () => {
    const world = networkWorld()
    world.networks.put(blue)
    for (let times = 0; times < 2; times += 1) await world.reconcile(blue)
    world.networks.delete('team/blue')
    let port = 0
    const fails = async () => {
      world.removals.push(() => {
        throw new Error(`read tcp 10.244.0.1:${++port}: connection reset`)
      })
      await assert.rejects(world.reconcile(blue))
      return /:(\d+): connection/.exec(world.stored(blue).status.message)?.[1]
    }
    assert.deepEqual([await fails(), await fails(), await fails()], ['1', '1', '1'])
    await world.clock.advance(60_000)
    assert.deepEqual([await fails(), await fails()], ['4', '4'])
  })
})
