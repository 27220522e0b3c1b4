import assert from 'node:assert/strict'
import { networkAddresses } from '../../../../operator/application/network/addresses.ts'
import { NotItsTurn } from '../../../../operator/application/not-its-turn.ts'
import type { Allocation } from '../../../../operator/domain/network/allocation.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { type NetworkWorld, networkWorld } from '../../../fakes/network-world.ts'
import { aMachine, aRunningMachine } from '../../../fixtures/machine-builders.ts'
import { aNetwork } from '../../../fixtures/network-builders.ts'

const blue = aNetwork()

async function activeIn(world: NetworkWorld, network = blue): Promise<void> {
  world.networks.put(network)
  await world.reconcile(network)
  await world.reconcile(network)
}

/** A machine that says that it is on the network with this uid. */
function onNetwork(uid: string) {
  const machine = aRunningMachine()
  const network = { namespace: 'team', name: 'blue', uid, address: '10.20.0.2' }
  return { ...machine, status: { ...machine.status, network } }
}

async function deletedIn(world: NetworkWorld): Promise<string> {
  world.networks.delete('team/blue')
  await world.reconcile(blue)
  return world.stored(blue).status.message
}

const listed = (name: string, namespace = 'team'): Allocation => ({
  ...{ namespace, name, uid: name, address: '10.20.0.2' },
})

function list(world: NetworkWorld, ...allocations: readonly Allocation[]): void {
  const { status, ...network } = world.stored(blue)
  world.networks.put({ ...network, status: { ...status, allocations } })
}

describe('what a network is not taken away from', () => {
  it('are machines that say that they are on it, also where its list was lost', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.machines.put(onNetwork(blue.uid))
    assert.equal(await deletedIn(world), 'machines are on it, which have to be deleted first: team/web-1')
    assert.deepEqual([world.fabrics.claims('default').length, world.asked], [1, ['Simulated makes blue']])
    world.machines.tearOut('team/web-1')
    assert.deepEqual(await world.reconcile(blue), { kind: 'settled' })
    assert.equal(world.stored(blue).status.reason, 'Deleted')
  })

  it('has it looked at again, as nobody tells that those went', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.machines.put(onNetwork(blue.uid))
    world.networks.delete('team/blue')
    assert.deepEqual(await world.reconcile(blue), { kind: 'recheckAfter', delayMs: 10_000 })
  })

  it('are not machines of one that was called the same before', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.machines.put(onNetwork('an-older-one'))
    assert.match(await deletedIn(world), /^gone/)
  })

  it('are those that were not seen yet: it says that it waits for these, and since when', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.machines.put(onNetwork(blue.uid))
    world.unseenMachines = 'VirtualMachines were not listed yet in any namespace'
    await deletedIn(world)
    const waits = () => {
      const found = world.stored(blue).status.conditions.find(({ type }) => type === 'Deleting')
      return [found?.reason, found?.lastTransitionTime]
    }
    assert.deepEqual(waits(), ['InUse', '2026-11-22T10:00:00Z'])
    world.machines.tearOut('team/web-1')
    for (let times = 0; times < 2; times += 1) {
      await world.clock.advance(60_000)
      await world.reconcile(blue)
    }
    assert.deepEqual(waits(), ['UsersUnseen', '2026-11-22T10:01:00Z'])
    const words = 'whether machines are on it is not known: VirtualMachines were not listed yet in any namespace'
    assert.equal(world.stored(blue).status.message, words)
    assert.equal(world.fabrics.claims('default').length, 1)
    world.unseenMachines = undefined
    await world.reconcile(blue)
    assert.deepEqual([world.stored(blue).status.reason, ...waits()], ['Deleted', undefined, undefined])
  })

  it('keeps what it has for them where its fabric is against it by now', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.machines.put(onNetwork(blue.uid))
    world.networks.put(aNetwork({ name: 'red', uid: 'red' }))
    world.fabrics.write('default', [
      { uid: 'red', namespace: 'team', name: 'red', vlan: 120, cidr: '10.30.0.0/24', provider: 'Simulated' },
    ])
    await world.reconcile(blue)
    assert.match(world.stored(blue).status.message, /stays its own for now: machines are on it, .*: team\/web-1$/)
    assert.deepEqual(world.asked, ['Simulated makes blue'])
  })

  it('is told with what keeps each of them, and with a way out only where a machine is not there', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.machines.put(aMachine({ uid: 'web-1' }))
    list(world, listed('web-1'), listed('torn'), listed('far', 'unseen'))
    world.kept.set('torn', 'its provider still has something of it: a node is dead')
    assert.equal(
      await deletedIn(world),
      [
        'machines are on it, which have to be deleted first: team/web-1',
        'machines that are gone still have addresses: team/torn (its provider still has something of it: a node is dead)',
        'machines have addresses of which nobody can see whether they are gone: unseen/far',
        'if what they had is gone for good: kubectl annotate -n team vnetwork blue kbnt.io/abandon=true',
      ].join('; '),
    )
  })

  it('come to nothing that is about to be taken away: that nobody more comes is stored first', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.networks.put(aNetwork({ name: 'red', uid: 'red' }))
    world.fabrics.write('default', [
      { uid: 'red', namespace: 'team', name: 'red', vlan: 120, cidr: '10.30.0.0/24', provider: 'Simulated' },
    ])
    const addresses = networkAddresses({ networks: world.networks, known: () => [], clock: fakeClock() })
    const wish = { uid: 'web', namespace: 'team', name: 'web-1' }
    world.networks.pause()
    assert.equal((await addresses.claim(blue, wish)).kind, 'given')
    await world.reconcile(blue)
    assert.deepEqual(world.stored(blue).status.phase, 'Active')
    world.networks.resume()
    await addresses.release(blue, 'web')
    await world.reconcile(blue)
    assert.deepEqual([world.stored(blue).status.phase, world.asked], ['Pending', ['Simulated makes blue']])
    assert.equal((await addresses.claim(blue, wish)).kind, 'lost')
    await world.reconcile(blue)
    assert.deepEqual([world.stored(blue).status.phase, world.asked.at(-1)], ['Failed', 'Simulated removes blue'])
  })

  it('has its message say whose addresses are not given back though they are gone, and what to do', async () => {
    const world = networkWorld()
    await activeIn(world)
    const told = async () => {
      await world.reconcile(blue)
      const { phase, message } = world.stored(blue).status
      return [phase, message.replace(/^ready: machines name it "blue"(; |$)/, '')]
    }
    list(world, listed('old'), { ...listed('new'), provider: 'KubeVirt' })
    assert.deepEqual(await told(), ['Active', ''])
    world.kept.set('new', 'KubeVirt is away')
    assert.deepEqual(await told(), [
      'Active',
      'machines that are gone still have addresses: team/new (KubeVirt is away)',
    ])
    world.kept.set('old', 'KubeVirt is away')
    const [, message] = await told()
    assert.match(
      message ?? '',
      /team\/old \(KubeVirt is away\), team\/new .*; if what those had is gone for good: kubectl/,
    )
    world.kept.clear()
    assert.deepEqual(await told(), ['Active', ''])
  })

  it('are not machines of a namespace that its claim does not name yet: they have no address', async () => {
    const world = networkWorld()
    await activeIn(world)
    const addresses = networkAddresses({
      ...{ networks: world.networks, known: () => [], clock: world.clock },
      isFor: ({ spec, uid }, namespace) => world.fabrics.isFor(spec.fabric, uid, namespace),
    })
    const kindOf = async (namespace: string) =>
      (await addresses.claim(blue, { ...listed('x', namespace), address: undefined })).kind
    const { claim } = world.fabrics
    world.fabrics.claim = () => Promise.reject(new NotItsTurn('forbidden', 60_000, true))
    world.networks.put({ ...world.stored(blue), spec: { ...blue.spec, namespaces: ['friends'] } })
    await world.reconcile(blue)
    assert.equal(await kindOf('friends'), 'later')
    world.fabrics.claim = claim
    await world.reconcile(blue)
    assert.deepEqual([await kindOf('friends'), await kindOf('team')], ['given', 'given'])
  })
})
