import assert from 'node:assert/strict'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import { refused } from '../../../fixtures/machine-builders.ts'
import { web } from '../../../fixtures/machine-on-network.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'

async function withCapacityIn(world: MachineWorld): Promise<void> {
  world.networks.put(anActiveNetwork())
  await world.reconcile()
  world.capacity.decide(web, {})
}

const listedIn = (world: MachineWorld) => world.networks.stored('team/blue')?.status?.allocations?.length ?? 0

describe('a machine that has its address when its network is deleted', () => {
  it('is made on it, as the network waits for it', async () => {
    const world = machineWorld({ machine: web })
    world.provider.answers.push(refused())
    await withCapacityIn(world)
    await world.reconcile()
    world.networks.delete('team/blue')
    await world.clock.advance(60_000)
    await world.reconcile()
    assert.notEqual(world.stored().status.reason, 'NetworkNotActive')
    assert.equal(world.provider.present.size, 1)
  })

  it('gives it back when its provider has refused it for good', async () => {
    const world = machineWorld({ machine: web })
    world.provider.answers.push(refused(), refused(), refused())
    await withCapacityIn(world)
    await world.reconcile()
    world.networks.delete('team/blue')
    assert.equal(listedIn(world), 1)
    for (let tries = 0; tries < 3; tries += 1) {
      await world.clock.advance(60_000)
      await world.reconcile()
    }
    assert.deepEqual([world.stored().status.phase, listedIn(world)], ['Failed', 0])
  })

  it('is followed where nobody could write down that it was made', async () => {
    const world = machineWorld({ machine: web })
    await withCapacityIn(world)
    world.machines.answerNext({ kind: 'unknown', reason: 'killed' })
    await world.reconcile().catch(() => undefined)
    assert.equal(world.provider.present.size, 1)
    world.networks.delete('team/blue')
    await world.reconcile()
    assert.equal(world.stored().status.network?.address, '10.20.0.2')
  })
})
