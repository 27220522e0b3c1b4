import assert from 'node:assert/strict'
import type { NetworkPlace } from '../../../../operator/domain/machine/machine.ts'
import type { Network, NetworkStatus } from '../../../../operator/domain/network/network.ts'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { aMachine, machineUid, refused } from '../../../fixtures/machine-builders.ts'
import { allocationsIn, confirmed, told, web } from '../../../fixtures/machine-on-network.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'

describe('a machine that is up and whose status was edited', () => {
  /** Its status says this address; the network has 10.20.0.3 for it, and 10.20.0.2 is free by now. */
  async function edited(address: string): Promise<MachineWorld> {
    const world = machineWorld({ machine: web })
    const blue = anActiveNetwork()
    const first = { uid: 'first', namespace: 'team', name: 'first', address: '10.20.0.2' }
    world.networks.put({ ...blue, status: { ...blue.status, allocations: [first] } })
    await confirmed(world)
    const now = world.networks.stored('team/blue') as Network & { status: NetworkStatus }
    const allocations = now.status.allocations?.filter(({ uid }) => uid !== 'first')
    world.networks.put({ ...now, status: { ...now.status, ...(allocations && { allocations }) } })
    const { status, ...machine } = world.stored()
    world.machines.put({ ...machine, status: { ...status, network: { ...(status.network as NetworkPlace), address } } })
    await world.reconcile()
    return world
  }

  it('goes on with what its network has for it where its status is nonsense', async () => {
    for (const nonsense of ['nonsense', '']) {
      const world = await edited(nonsense)
      assert.deepEqual([told(world), allocationsIn(world)], [['Running', 'Running'], [[machineUid, '10.20.0.3']]])
      assert.equal(world.stored().status.network?.address, '10.20.0.3')
    }
  })

  it('says so where both say an address, and keeps both from others', async () => {
    const world = await edited('10.20.0.2')
    assert.deepEqual([told(world), allocationsIn(world)], [['Running', 'AddressTaken'], [[machineUid, '10.20.0.3']]])
    assert.match(
      world.stored().status.message,
      /its status says 10\.20\.0\.2, and network team\/blue has 10\.20\.0\.3 for/,
    )
  })

  it('gets no new address where nobody says which one it has', async () => {
    const world = await edited('nonsense')
    const blue = world.networks.stored('team/blue') as Network & { status: NetworkStatus }
    const { status, ...machine } = world.stored()
    const place = { ...(status.network as NetworkPlace), address: 'nonsense' }
    world.machines.put({ ...machine, status: { ...status, network: place } })
    world.networks.put({ ...blue, status: { ...blue.status, allocations: [] } })
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Running', 'AddressTaken'], []])
    assert.match(world.stored().status.message, /neither its status nor network team\/blue says which address/)
  })

  it('goes on with what its network has for it where its status has lost its network', async () => {
    const world = machineWorld({ machine: web })
    world.networks.put(anActiveNetwork())
    await confirmed(world)
    const { status, ...machine } = world.stored()
    const { network, ...others } = status
    world.machines.put({ ...machine, status: others })
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Running', 'Running'], [[machineUid, '10.20.0.2']]])
    assert.deepEqual(world.stored().status.network, network)
  })
})

describe('a machine that has failed on a network', () => {
  it('gives its address back also where its reservation is gone already, after its provider has let go', async () => {
    const world = machineWorld({ machine: web })
    world.networks.put(anActiveNetwork())
    world.provider.answers.push(refused(), refused(), refused())
    await confirmed(world)
    for (let times = 0; times < 2; times += 1) {
      await world.clock.advance(10_000)
      if (times === 1) world.provider.removals.push({ kind: 'going', message: 'it hangs' })
      await world.reconcile()
    }
    await world.capacity.giveBack(web)
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world).length], [['Failed', 'ProviderFailed'], 1])
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Failed', 'ProviderFailed'], []])
  })
})

describe('a machine that waits for a network that gives trouble', () => {
  it('says what the store has said, keeps its capacity and is tried again', async () => {
    const world = machineWorld({ machine: web })
    world.networks.put(anActiveNetwork())
    await world.reconcile()
    world.capacity.decide(web, {})
    world.networks.answerNext({ kind: 'refused', reason: 'Invalid value' })
    await assert.rejects(world.reconcile(), /Invalid value/)
    assert.deepEqual([told(world), world.capacity.count], [['Pending', 'NetworkUnseen'], 1])
    assert.match(world.stored().status.message, /^network team\/blue can't be asked: .* Invalid value$/)
    await world.clock.advance(600_000)
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'Running'])
  })

  it('is not put on one that is Active and not ready, without taking capacity', async () => {
    const world = machineWorld({ machine: web })
    const blue = anActiveNetwork()
    const taken = { reason: 'VlanTaken', message: 'vlan 120 is that of team/red' }
    const conditions = blue.status.conditions.map((one) =>
      one.type === 'Ready' ? { ...one, ...taken, status: 'False' as const } : one,
    )
    world.networks.put({ ...blue, status: { ...blue.status, ...taken, conditions } })
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count], [['Pending', 'NetworkNotActive'], 0])
    assert.equal(world.stored().status.message, 'network team/blue is Active (VlanTaken): vlan 120 is that of team/red')
    world.networks.put(blue)
    await confirmed(world)
    assert.deepEqual(told(world), ['Running', 'Running'])
  })

  it('can not name what the provider has of a network, in whose namespace ever', async () => {
    for (const network of ['nets/blue-7ae8ff2d', 'blue-7ae8ff2d']) {
      const machine = aMachine({ createdAt: tenOClock - 60_000, spec: { network } })
      const world = machineWorld({ machine })
      const [own, namespace = 'team'] = network.split('/').reverse()
      world.networks.put(anActiveNetwork({ namespace }))
      await world.reconcile()
      assert.deepEqual([told(world), world.capacity.count], [['Pending', 'NetworkNotShared'], 0])
      const want = `${namespace}/${own} is what the provider has of network ${namespace}/blue; name that network instead`
      assert.equal(world.stored().status.message, want)
    }
  })
})
