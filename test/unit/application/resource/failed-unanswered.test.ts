import assert from 'node:assert/strict'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import { machineWorld } from '../../../fakes/machine-world.ts'
import { storageWorld } from '../../../fakes/storage-world.ts'
import { aMachine, refused } from '../../../fixtures/machine-builders.ts'
import { allocationsIn, aWorldOnBlue, web } from '../../../fixtures/machine-on-network.ts'
import { aStorage, lost } from '../../../fixtures/storage-builders.ts'

const timedOut = () => Promise.reject(new Error('timed out'))

describe('one that has failed, while somebody gives no answer', () => {
  /** A machine that its provider has refused for the last time. */
  async function failedForGood(machine: Machine) {
    const world = machineWorld({ machine })
    await world.reconcile()
    world.capacity.decide(machine, {})
    for (let tries = 0; tries < 3; tries += 1) {
      world.provider.answers.push(refused('quota exceeded'))
      await world.reconcile()
      await world.clock.advance(10_000)
    }
    return world
  }

  it('keeps what it is kept for where its capacity is lost', async () => {
    const world = await aWorldOnBlue()
    await world.capacity.giveBack(web)
    await world.reconcile()
    const { read } = world.capacity
    world.capacity.read = timedOut
    await assert.rejects(world.reconcile(), /timed out/)
    const { phase, reason, message } = world.stored().status
    assert.deepEqual([phase, reason], ['Failed', 'CapacityLost'])
    assert.match(message, /; what it has stays its own for now: it can't be brought on: timed out$/)
    world.capacity.read = read
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'CapacityLost')
    assert.deepEqual([world.provider.present.size, allocationsIn(world).length], [1, 1])
  })

  it('is not made after all', async () => {
    const world = await failedForGood(aMachine())
    const { giveBack } = world.capacity
    world.capacity.giveBack = timedOut
    for (let look = 0; look < 3; look += 1) {
      await world.clock.advance(1_000)
      await world.reconcile().catch(() => undefined)
    }
    world.capacity.giveBack = giveBack
    await world.clock.advance(10_000)
    await world.reconcile()
    const { phase, reason, message } = world.stored().status
    assert.deepEqual([phase, reason], ['Failed', 'ProviderFailed'])
    assert.match(message, /quota exceeded$/)
  })

  it('has no empty storage made under the name of one that is lost', async () => {
    const world = storageWorld()
    const storage = aStorage()
    world.storages.put(storage)
    await world.reconcile(storage)
    world.capacity.decide(storage, {})
    await world.reconcile(storage)
    world.answers.push(lost)
    await world.reconcile(storage)
    const made = world.asked.filter((asked) => asked.includes('makes')).length
    const { giveBack } = world.capacity
    world.capacity.giveBack = timedOut
    for (let look = 0; look < 3; look += 1) {
      await world.clock.advance(1_000)
      await world.reconcile(storage).catch(() => undefined)
    }
    world.capacity.giveBack = giveBack
    await world.clock.advance(10_000)
    await world.reconcile(storage)
    assert.deepEqual(
      [world.stored(storage).status.reason, world.asked.filter((asked) => asked.includes('makes')).length],
      ['StorageLost', made],
    )
  })
})
