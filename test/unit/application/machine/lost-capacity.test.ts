import assert from 'node:assert/strict'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import { aMachine, childName, conditionsIn, ref, starting, stepsIn } from '../../../fixtures/machine-builders.ts'

const machine = aMachine()

async function aRunningWorld(): Promise<MachineWorld> {
  const world = machineWorld()
  await world.reconcile()
  world.capacity.decide(machine, {})
  await world.reconcile()
  return world
}

describe('a machine whose capacity is lost', () => {
  it('is stopped and kept for its disk, and says what has happened and what to do', async () => {
    const world = await aRunningWorld()
    await world.capacity.giveBack(machine)
    await world.reconcile()
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reason], ['Failed', 'CapacityLost'])
    assert.equal(
      status.message,
      `its reservation ${childName} was deleted, so its capacity is lost and the machine is stopped; ` +
        'delete this VirtualMachine and apply it again',
    )
    assert.equal(world.provider.ensured.at(-1)?.spec.runStrategy, 'Halted')
    assert.equal(world.provider.present.size, 1)
    assert.deepEqual(conditionsIn(status), {
      CapacityReserved: 'False CapacityLost',
      Provisioned: 'True Provisioned',
      Running: 'False CapacityLost',
      Ready: 'False CapacityLost',
    })
    assert.deepEqual(stepsIn(status).slice(4), ['Stop', 'Fail Failed'])
    assert.equal('cost' in status, false)
  })

  it('says so when its reservation was released by somebody', async () => {
    const world = await aRunningWorld()
    world.capacity.decide(machine, { phase: 'Released', reason: 'ReleasedByClient', message: '' })
    await world.reconcile()
    assert.match(world.stored().status.message, /web-1-0909a693 is Released \(ReleasedByClient\), so/)
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'CapacityLost')
  })

  it('is told to stop until it has stopped, and says which of both it is', async () => {
    const world = await aRunningWorld()
    await world.capacity.giveBack(machine)
    world.provider.answers.push(starting('on its way down'), { kind: 'troubled', ref, message: 'it hangs' })
    await world.reconcile()
    assert.match(world.stored().status.message, /the machine is being stopped;/)
    await world.reconcile()
    assert.match(world.stored().status.message, /the machine is being stopped;/)
    await world.reconcile()
    assert.match(world.stored().status.message, /the machine is stopped;/)
    assert.equal(stepsIn(world.stored().status).filter((step) => step === 'Fail Failed').length, 1)
  })

  it('has its provider looked at, which may not be since this operator has started, to be told when it is off', async () => {
    const world = await aRunningWorld()
    await world.capacity.giveBack(machine)
    const looks: string[] = []
    world.provider.unavailable = async (namespace) => void looks.push(namespace)
    world.provider.answers.push(starting('on its way down'))
    await world.reconcile()
    assert.deepEqual([looks, world.stored().status.reason], [['team'], 'CapacityLost'])
  })

  it('never asks for capacity again', async () => {
    const world = await aRunningWorld()
    await world.capacity.giveBack(machine)
    for (let looks = 0; looks < 3; looks += 1) {
      await world.reconcile()
      await world.clock.advance(60_000)
    }
    assert.deepEqual([world.capacity.asked.length, world.capacity.count], [1, 0])
  })

  it('has nothing to be stopped where its provider never had it', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(machine, {})
    world.provider.answers.push({ kind: 'refused', message: 'no room' })
    await world.reconcile()
    await world.capacity.giveBack(machine)
    await world.clock.advance(5_000)
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'CapacityLost')
    assert.equal(world.provider.ensured.length, 1)
  })

  it('does not run on where it was made and nobody could write that down', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(machine, {})
    world.provider.trouble = 'it is away'
    await world.reconcile()
    world.provider.trouble = undefined
    world.machines.answerNext({ kind: 'unknown', reason: 'socket hang up' })
    await assert.rejects(world.reconcile(), /socket hang up/)
    await world.capacity.giveBack(machine)
    world.provider.removals.push({ kind: 'going', message: 'soon' })
    await world.reconcile()
    assert.match(world.stored().status.message, /the machine is being stopped;/)
    await world.reconcile()
    assert.match(world.stored().status.message, /the machine is stopped;/)
    assert.equal(world.provider.present.size, 0)
  })

  it('has lost nothing while only the watch does not show its reservation', async () => {
    const world = await aRunningWorld()
    const { find } = world.capacity
    world.capacity.find = () => undefined
    await world.reconcile()
    world.capacity.find = find
    assert.equal(world.stored().status.phase, 'Running')
    assert.equal(world.provider.ensured.at(-1)?.spec.runStrategy, 'Always')
  })

  it('is judged by nobody while the store does not answer', async () => {
    const world = await aRunningWorld()
    await world.capacity.giveBack(machine)
    world.capacity.read = () => Promise.reject(new Error('timed out'))
    await assert.rejects(world.reconcile(), /timed out/)
    assert.equal(world.stored().status.phase, 'Running')
  })

  it('gives back everything when it is deleted', async () => {
    const world = await aRunningWorld()
    await world.capacity.giveBack(machine)
    await world.reconcile()
    world.machines.delete('team/web-1')
    await world.reconcile()
    world.relay.deliver()
    await world.reconcile()
    assert.deepEqual([world.machines.stored('team/web-1'), world.provider.present.size], [undefined, 0])
  })
})
