import assert from 'node:assert/strict'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import { aMachine, conditionsIn, refused, stepsIn } from '../../../fixtures/machine-builders.ts'

const machine = aMachine()

async function aRunningWorld(): Promise<MachineWorld> {
  const world = machineWorld()
  await world.reconcile()
  world.capacity.decide(machine, {})
  await world.reconcile()
  return world
}

describe('a machine of which nobody can say how it is', () => {
  it('stays what it was while its provider is away, and says that it is not ready', async () => {
    const world = await aRunningWorld()
    const before = world.stored().status
    world.provider.trouble = 'KubeVirt is not installed'
    await world.reconcile()
    const { status } = world.stored()
    assert.deepEqual(
      [status.phase, status.reason, status.message],
      ['Running', 'ProviderUnavailable', 'KubeVirt is not installed'],
    )
    assert.deepEqual(conditionsIn(status), {
      CapacityReserved: 'True Reserved',
      Provisioned: 'True Provisioned',
      Running: 'True ProviderUnavailable',
      Ready: 'False ProviderUnavailable',
    })
    assert.deepEqual(
      [status.endpoints, status.startedAt, status.history],
      [before.endpoints, before.startedAt, before.history],
    )

    world.provider.trouble = undefined
    await world.reconcile()
    assert.deepEqual(stepsIn(world.stored().status), stepsIn(before))
    assert.equal(world.stored().status.bootTimeSeconds, before.bootTimeSeconds)
  })

  it('says so where its provider gives no answer, too, and leaves the fault to whoever called', async () => {
    const world = await aRunningWorld()
    world.provider.answers.push(new Error('failed calling webhook "virt-api": connection refused'))
    await assert.rejects(world.reconcile(), /connection refused/)
    const { status } = world.stored()
    assert.deepEqual(
      [status.phase, status.reason, conditionsIn(status)['Ready']],
      ['Running', 'ProviderUnavailable', 'False ProviderUnavailable'],
    )
    assert.match(status.message, /^Simulated can't be asked: failed calling webhook "virt-api"/)
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'Running')
  })

  it('says so where nobody answers about its capacity', async () => {
    const world = await aRunningWorld()
    world.capacity.find = () => undefined
    world.capacity.read = () => Promise.reject(new Error('etcd has no leader'))
    await assert.rejects(world.reconcile(), /no leader/)
    const { status } = world.stored()
    assert.deepEqual(
      [status.phase, status.reason, status.message],
      ['Running', 'CapacityUnconfirmed', "it can't be brought on: etcd has no leader"],
    )
  })

  it('keeps its tries while its provider comes and goes', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(machine, {})
    for (const words of ['once', 'twice', 'three times']) {
      world.provider.answers.push(refused(words))
      await world.reconcile()
      world.provider.trouble = 'away'
      await world.clock.advance(600_000)
      await world.reconcile()
      world.provider.trouble = undefined
    }
    assert.deepEqual([world.stored().status.phase, world.stored().status.reason], ['Failed', 'ProviderFailed'])
    assert.match(world.stored().status.message, /refused it 3 times, at last with: three times/)
  })

  it('is not stopped because its reservation has to be confirmed once more', async () => {
    const world = await aRunningWorld()
    world.capacity.decide(machine, { phase: 'Waiting' })
    await world.reconcile()
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reason], ['Running', 'CapacityUnconfirmed'])
    assert.equal(conditionsIn(status)['CapacityReserved'], 'False CapacityUnconfirmed')
    assert.equal(world.provider.ensured.at(-1)?.spec.runStrategy, 'Always')
    world.capacity.decide(machine, {})
    await world.reconcile()
    assert.equal(conditionsIn(world.stored().status)['Ready'], 'True Running')
  })
})
