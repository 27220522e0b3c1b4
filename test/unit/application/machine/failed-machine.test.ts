import assert from 'node:assert/strict'
import { machineWorld } from '../../../fakes/machine-world.ts'
import { aMachine, refused } from '../../../fixtures/machine-builders.ts'

const machine = aMachine()

describe('a machine that has failed', () => {
  it('gives its capacity back when its provider has refused it for good', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(machine, {})
    world.provider.answers.push(refused('a'), refused('b'), refused('c'))
    for (let tries = 0; tries < 3; tries += 1) {
      await world.reconcile()
      await world.clock.advance(2_000)
    }
    assert.deepEqual([world.stored().status.phase, world.capacity.count], ['Failed', 1])
    world.provider.removals.push({ kind: 'going', message: 'it hangs', recheckAfterMs: 500 })
    assert.deepEqual(await world.reconcile(), { kind: 'recheckAfter', delayMs: 500 })
    assert.equal(world.capacity.count, 1)
    await world.reconcile()
    await world.reconcile()
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reason, world.capacity.count], ['Failed', 'ProviderFailed', 0])
    assert.equal(status.message, 'its provider refused it 3 times, at last with: c')
    assert.equal('cost' in status, false)
    assert.equal(status.history.filter(({ operation }) => operation === 'Fail').length, 1)
  })

  it('leaves a refused reservation to be read, and touches nothing else', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(machine, { phase: 'Rejected', reason: 'NeverFits', message: 'too large' })
    await world.reconcile()
    await world.reconcile()
    assert.deepEqual([world.stored().status.reason, world.capacity.count], ['NeverFits', 1])
    assert.deepEqual(world.machines.writes, ['report'])
  })

  it('stays failed though its reservation is deleted', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(machine, { phase: 'Rejected', reason: 'NeverFits', message: 'too large' })
    await world.reconcile()
    await world.capacity.giveBack(machine)
    await world.reconcile()
    assert.deepEqual([world.stored().status.reason, world.capacity.asked.length], ['NeverFits', 1])
  })
})
