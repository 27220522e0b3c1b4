import assert from 'node:assert/strict'
import { Crash, crashPoints } from '../../../fakes/crash-points.ts'
import { machineWorld } from '../../../fakes/machine-world.ts'
import { afterTen, tenOClock } from '../../../fixtures/builders.ts'
import { aMachine, machineUid, refused } from '../../../fixtures/machine-builders.ts'
import { allocationsIn, confirmed, told, web } from '../../../fixtures/machine-on-network.ts'
import { aNetwork, anActiveNetwork } from '../../../fixtures/network-builders.ts'

describe('a machine on a network', () => {
  it('has an address of its own before its provider is asked, and tells it', async () => {
    const world = machineWorld({ machine: web })
    const blue = world.networks.put(anActiveNetwork())
    await confirmed(world)
    assert.deepEqual(told(world), ['Running', 'Running'])
    assert.deepEqual(allocationsIn(world), [[machineUid, '10.20.0.2']])
    const place = { namespace: 'team', name: 'blue', uid: blue.uid, address: '10.20.0.2' }
    assert.deepEqual(world.stored().status.network, place)
    assert.deepEqual(world.provider.ensured.at(-1)?.attached?.network, {
      ...place,
      ...{ cidr: '10.20.0.0/24', provider: 'Simulated', definition: 'blue-7ae8ff2d' },
    })
  })

  it('gives it back when its provider has let go of it, and not before', async () => {
    const world = machineWorld({ machine: web })
    world.networks.put(anActiveNetwork())
    await confirmed(world)
    world.machines.delete('team/web-1')
    world.provider.removals.push({ kind: 'going', message: 'it hangs' })
    await world.reconcile()
    assert.deepEqual([told(world)[0], allocationsIn(world)], ['Deleting', [[machineUid, '10.20.0.2']]])
    assert.equal(world.stored().status.network?.address, '10.20.0.2')
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Deleting', 'Deleted'], []])
    assert.deepEqual([world.capacity.count, world.stored().status.network], [0, undefined])
  })

  it('gives it back when it has failed', async () => {
    const world = machineWorld({ machine: web })
    world.networks.put(anActiveNetwork())
    world.provider.answers.push(refused(), refused(), refused())
    await confirmed(world)
    assert.equal(allocationsIn(world).length, 1)
    for (let times = 0; times < 3; times += 1) {
      await world.clock.advance(10_000)
      await world.reconcile()
    }
    assert.deepEqual([told(world), allocationsIn(world)], [['Failed', 'ProviderFailed'], []])
    assert.deepEqual([world.capacity.count, world.stored().status.network], [0, undefined])
  })

  it('waits, without capacity, until its network is Active', async () => {
    const world = machineWorld({ machine: web })
    world.networks.put(aNetwork())
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count], [['Pending', 'NetworkNotActive'], 0])
    assert.equal(world.stored().status.message, 'network team/blue is not looked at yet')
    world.networks.put(anActiveNetwork({ deletingSince: afterTen(0) }))
    await world.reconcile()
    assert.equal(world.stored().status.message, 'network team/blue is being deleted')
    world.networks.put(anActiveNetwork())
    await confirmed(world)
    assert.deepEqual(told(world), ['Running', 'Running'])
  })

  it('keeps its capacity where its network is not Active any more when it is its turn', async () => {
    const world = machineWorld({ machine: web })
    const blue = anActiveNetwork()
    world.networks.put(blue)
    await world.reconcile()
    world.networks.put({
      ...blue,
      status: { ...blue.status, phase: 'Failed', reason: 'VlanTaken', message: 'not its own' },
    })
    world.capacity.decide(web, {})
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count], [['Pending', 'NetworkNotActive'], 1])
    assert.match(world.stored().status.message, /^network team\/blue is Failed \(VlanTaken\): not its own$/)
    assert.equal(world.provider.present.size, 0)
  })

  it('is not for those of a namespace that it does not name', async () => {
    const world = machineWorld({ machine: aMachine({ spec: { network: 'nets/blue' } }) })
    world.networks.put(anActiveNetwork({ namespace: 'nets' }))
    await world.reconcile()
    assert.deepEqual(told(world), ['Pending', 'NetworkNotShared'])
    const shared = world.networks.put(anActiveNetwork({ namespace: 'nets', spec: { namespaces: ['team'] } }))
    await confirmed(world)
    assert.deepEqual(told(world), ['Running', 'Running'])
    world.networks.put({ ...shared, ...world.networks.stored('nets/blue'), spec: { ...shared.spec, namespaces: [] } })
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'Running'])
  })

  it('waits where all addresses are given, and says so', async () => {
    const world = machineWorld({ machine: web })
    const blue = anActiveNetwork({ spec: { cidr: '10.20.0.0/29' } })
    const allocations = [2, 3, 4, 5, 6].map((host) => ({
      ...{ uid: `u${host}`, namespace: 'team', name: `m${host}`, address: `10.20.0.${host}` },
    }))
    world.networks.put({ ...blue, status: { ...blue.status, allocations } })
    await world.reconcile()
    assert.deepEqual([told(world), world.capacity.count], [['Pending', 'AddressesExhausted'], 0])
    assert.match(world.stored().status.message, /^all 5 addresses of network team\/blue are given/)
    world.networks.put({ ...blue, status: { ...blue.status, allocations: allocations.slice(1) } })
    await confirmed(world)
    assert.equal(world.stored().status.network?.address, '10.20.0.2')
  })

  it('is not on one that KubeVirt can not use', async () => {
    const world = machineWorld({ machine: aMachine({ spec: { network: 'blue', provider: 'KubeVirt' } }) })
    world.networks.put(anActiveNetwork())
    await world.reconcile()
    assert.deepEqual(told(world), ['Pending', 'NetworkUnsuited'])
    const simulated = anActiveNetwork()
    world.networks.put({ ...simulated, status: { ...simulated.status, provider: 'NetworkAttachmentDefinition' } })
    world.fabrics.set('default', { kind: 'vlan', parent: 'eth1', vlans: [], cidrs: [], namespaces: '*' })
    await world.reconcile()
    assert.match(world.stored().status.message, /of kind vlan/)
    world.fabrics.set('default', { kind: 'bridge', parent: 'br1', vlans: [], cidrs: [], namespaces: '*' })
    await confirmed(world)
    assert.deepEqual(told(world), ['Running', 'Running'])
  })

  it('takes a name for one of its provider only when no network of ours has come within seconds', async () => {
    const world = machineWorld({ machine: web })
    assert.deepEqual(await world.reconcile(), { kind: 'recheckAfter', delayMs: 5_000 })
    assert.deepEqual([told(world), world.capacity.count], [['Pending', 'NetworkMissing'], 0])
    await world.clock.advance(5_000)
    await confirmed(world)
    assert.deepEqual(told(world), ['Running', 'Running'])
    assert.deepEqual(world.provider.ensured.at(-1)?.attached, {})
    world.networks.put(anActiveNetwork())
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Running', 'Running'], []])
  })

  it('looks into the store before it takes a name for one of its provider', async () => {
    const world = machineWorld({ machine: aMachine({ createdAt: tenOClock - 60_000, spec: { network: 'blue' } }) })
    world.networks.pause()
    world.networks.put(anActiveNetwork())
    await confirmed(world)
    assert.deepEqual([told(world), world.provider.present.size], [['Pending', 'NetworkUnseen'], 0])
    world.networks.resume()
    await world.reconcile()
    assert.deepEqual(allocationsIn(world), [[machineUid, '10.20.0.2']])
  })

  it('waits where networks were not listed, and does not where nobody here looks after them', async () => {
    const unlisted = machineWorld({ machine: aMachine({ spec: { network: 'unlisted/blue' } }) })
    await unlisted.clock.advance(10_000)
    await unlisted.reconcile()
    assert.deepEqual(told(unlisted), ['Pending', 'NetworkUnseen'])
    const far = machineWorld({ machine: aMachine({ spec: { network: 'far/blue' } }) })
    await confirmed(far)
    assert.deepEqual(told(far), ['Running', 'Running'])
  })

  it('says so where another has its address, or its network is gone, and is not touched', async () => {
    const world = machineWorld({ machine: web })
    const blue = anActiveNetwork()
    world.networks.put(blue)
    await confirmed(world)
    const other = { uid: 'other', namespace: 'team', name: 'web-2', address: '10.20.0.2' }
    world.networks.put({ ...blue, status: { ...blue.status, allocations: [other] } })
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'AddressTaken'])
    assert.match(
      world.stored().status.message,
      /10\.20\.0\.2 of network team\/blue is also that of machine team\/web-2/,
    )
    assert.equal(world.stored().status.network?.address, '10.20.0.2')
    world.networks.put({ ...blue, uid: 'another' })
    await world.reconcile()
    assert.deepEqual(told(world), ['Running', 'NetworkMissing'])
    assert.deepEqual(allocationsIn(world), [])
  })

  it('writes its address again where its network has lost it', async () => {
    const world = machineWorld({ machine: web })
    const blue = world.networks.put(anActiveNetwork())
    await confirmed(world)
    world.networks.put(blue)
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Running', 'Running'], [[machineUid, '10.20.0.2']]])
  })

  it('has one address all its life and leaves none behind, wherever the operator is killed', async () => {
    const calls = ['hold', 'report', 'letGo', 'read', 'ask', 'giveBack', 'unavailable', 'ensure', 'remove']
    const live = async (call: number, side: 'before' | 'after') => {
      const crashing = crashPoints(calls, [{ call, side }])
      const world = machineWorld({ machine: { ...web, held: false, finalizers: [] }, wrap: crashing.wrap })
      world.networks.put(anActiveNetwork())
      const seen = new Set<string>()
      const rounds = async (over: () => boolean) => {
        for (let times = 0; times < 30 && !over(); times += 1) {
          await crashing.run(world.reconcile).catch((error: unknown) => {
            if (!(error instanceof Crash)) throw error
            world.restart()
          })
          if (!world.capacity.stored(web)?.status) world.capacity.decide(web, {})
          for (const { attached } of world.provider.ensured) seen.add(attached?.network?.address ?? 'none')
          world.relay.deliver()
          await world.clock.advance(1_000)
        }
      }
      await rounds(() => world.machines.stored('team/web-1')?.status?.phase === 'Running')
      const at = `${side} call ${call}`
      assert.deepEqual([[...seen], allocationsIn(world)], [['10.20.0.2'], [[machineUid, '10.20.0.2']]], at)
      world.machines.delete('team/web-1')
      await rounds(() => world.machines.stored('team/web-1') === undefined)
      assert.deepEqual([world.machines.stored('team/web-1'), allocationsIn(world)], [undefined, []], at)
      return crashing.calls
    }
    const most = await live(0, 'before')
    assert.ok(most >= 14, `only ${most} calls`)
    for (let call = 1; call <= most; call += 1) for (const side of ['before', 'after'] as const) await live(call, side)
  })
})
