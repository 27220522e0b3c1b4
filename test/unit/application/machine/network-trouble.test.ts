import assert from 'node:assert/strict'
import type { Network } from '../../../../operator/domain/network/network.ts'
import { isTrue } from '../../../../operator/domain/resource/resource.ts'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { aMachine, machineUid, refused } from '../../../fixtures/machine-builders.ts'
import {
  allocationsIn,
  aWorldOnBlue,
  confirmed,
  key,
  told,
  unreadable,
  web,
} from '../../../fixtures/machine-on-network.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'

describe('a deleted machine whose network gives trouble', () => {
  it('says what it waits for, keeps its capacity, and goes when that is over', async () => {
    const world = await aWorldOnBlue()
    world.machines.delete(key)
    for (const reason of ['Invalid value', 'Invalid value']) {
      world.networks.answerNext({ kind: 'refused', reason })
      await assert.rejects(world.reconcile(), /team\/blue could not be written: Invalid value/)
      assert.deepEqual([told(world), world.capacity.count], [['Deleting', 'Deleting'], 1])
      assert.equal(
        world.stored().status.message,
        'what it has of others is not given back: the addresses of network team/blue could not be written: Invalid value; ' +
          'to go without that: kubectl annotate -n team vmachine web-1 kbnt.io/abandon=true',
      )
      assert.equal(world.stored().status.network?.address, '10.20.0.2')
      await world.clock.advance(600_000)
    }
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Deleting', 'Deleted'], []])
    assert.deepEqual([world.capacity.count, world.stored().status.network], [0, undefined])
  })

  it('names its address also where its provider never had it', async () => {
    const world = machineWorld({ machine: web })
    world.networks.put(anActiveNetwork())
    world.provider.answers.push(refused())
    await confirmed(world)
    world.machines.delete(key)
    world.networks.answerNext({ kind: 'refused', reason: 'Invalid value' })
    await assert.rejects(world.reconcile(), /Invalid value/)
    assert.equal(world.stored().status.network?.address, '10.20.0.2')
  })

  it('does not wait for it where it is given up', async () => {
    const world = await aWorldOnBlue()
    world.machines.put({ ...world.stored(), abandoned: true })
    world.machines.delete(key)
    world.networks.answerNext({ kind: 'refused', reason: 'Invalid value' })
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count], [['Deleting', 'Deleted'], 0])
    assert.deepEqual(allocationsIn(world), [[machineUid, '10.20.0.2']], 'the sweep has to give it back')
  })

  it('asks nothing of networks that it was never on', async () => {
    const lan = aMachine({ createdAt: tenOClock - 60_000, spec: { network: 'nets/lan' } })
    const world = await confirmed(machineWorld({ machine: lan }), lan)
    assert.deepEqual(told(world), ['Running', 'Running'])
    const reads = unreadable(world)
    world.machines.delete(key)
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count, reads()], [['Deleting', 'Deleted'], 0, 0])
  })

  it('gives back what only the list of the network knows', async () => {
    const world = machineWorld({ machine: web })
    const blue = anActiveNetwork()
    const allocations = [{ uid: machineUid, namespace: 'team', name: 'web-1', address: '10.20.0.2' }]
    world.networks.put({ ...blue, status: { ...blue.status, allocations } })
    world.machines.delete(key)
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Deleting', 'Deleted'], []])
  })
})

describe('a machine that is up and whose network gives trouble', () => {
  /** On a network of a namespace that was seen once, and is not any more. */
  async function onUnlisted(): Promise<MachineWorld> {
    const machine = aMachine({ spec: { network: 'unlisted/blue' } })
    const world = machineWorld({ machine })
    world.networks.put(anActiveNetwork({ namespace: 'unlisted', spec: { namespaces: ['team'] } }))
    await confirmed(world, machine)
    assert.deepEqual(told(world), ['Running', 'Running'])
    return world
  }

  /** Its provider is asked for what is wanted now. */
  async function halted(world: MachineWorld): Promise<void> {
    world.machines.put({ ...world.stored(), spec: { ...world.stored().spec, runStrategy: 'Halted' } })
    await world.reconcile()
    assert.equal(world.provider.ensured.at(-1)?.spec.runStrategy, 'Halted')
    assert.equal(world.stored().status.phase, 'Stopped')
  }

  it('is not told to be deleted while networks of that namespace were not listed', async () => {
    const world = await onUnlisted()
    world.networks.pause()
    const blue = world.networks.stored('unlisted/blue')
    world.networks.tearOut('unlisted/blue')
    world.networks.resume()
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'NetworkUnseen'])
    assert.match(world.stored().status.message, /^running at 10.10.1.45.*; whether there is .* not listed yet$/)
    assert.equal(isTrue(world.stored().status, 'Ready'), false)
    await halted(world)
    world.networks.put(blue as Network)
    await world.reconcile()
    assert.deepEqual(told(world), ['Stopped', 'Halted'])
  })

  it('is asked of the store before its network counts as gone', async () => {
    const world = await aWorldOnBlue()
    const blue = world.networks.stored('team/blue') as Network
    world.networks.tearOut('team/blue')
    world.networks.pause()
    world.networks.put(blue)
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'Running'])
    world.networks.tearOut('team/blue')
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'NetworkMissing'])
    assert.match(world.stored().status.message, /delete this machine and apply it again$/)
    await halted(world)
    assert.deepEqual(told(world), ['Stopped', 'NetworkMissing'])
  })

  it('is followed where nobody can say whether its network is there, and tried again', async () => {
    const world = await aWorldOnBlue()
    world.networks.tearOut('team/blue')
    unreadable(world)
    await assert.rejects(world.reconcile(), /forbidden/)
    assert.deepEqual(told(world), ['Running', 'NetworkUnseen'])
    assert.match(world.stored().status.message, /; network team\/blue can't be asked: vnetworks.kbnt.io is forbidden$/)
    await assert.rejects(halted(world), /forbidden/)
    assert.equal(world.stored().status.phase, 'Stopped')
  })

  it('tells a refusal of its provider as that alone', async () => {
    const world = await aWorldOnBlue()
    world.networks.tearOut('team/blue')
    world.provider.answers.push(refused())
    await world.reconcile()
    assert.deepEqual(told(world), ['Provisioning', 'ProviderFailed'])
  })
})
