import assert from 'node:assert/strict'
import { NotItsTurn } from '../../../../operator/application/not-its-turn.ts'
import type { Fabric } from '../../../../operator/domain/network/fabric.ts'
import { type NetworkWorld, networkWorld } from '../../../fakes/network-world.ts'
import { aNetwork, refusedNetwork } from '../../../fixtures/network-builders.ts'

const blue = aNetwork()
const red = aNetwork({ name: 'red', uid: 'cccccccc-1111-4222-8333-444444444444' })
const told = (world: NetworkWorld, network: typeof blue) => {
  const { phase, reason } = world.stored(network).status
  return [phase, reason]
}

/** First its claim is told, then its provider is asked. */
async function twice(world: NetworkWorld, network: typeof blue): Promise<void> {
  await world.reconcile(network)
  await world.reconcile(network)
}

async function activeIn(world: NetworkWorld, network: typeof blue): Promise<void> {
  world.networks.put(network)
  await twice(world, network)
  assert.deepEqual(told(world, network), ['Active', 'Active'])
}

describe('the book of a fabric', () => {
  it('says whose machines may be on a network: those that it is for, and those that came when it was', async () => {
    const world = networkWorld()
    const shared = aNetwork({ spec: { namespaces: ['zoo', 'friends'] } })
    await activeIn(world, shared)
    const sharedWith = () => world.fabrics.claims('default')[0]?.sharedWith
    assert.deepEqual(sharedWith(), ['friends', 'zoo'])
    const { status, spec, ...stored } = world.stored(shared)
    const allocations = ['friends', 'team'].map((namespace) => ({
      ...{ namespace, name: 'web', uid: `uid-${namespace}`, address: '10.20.0.2' },
    }))
    world.networks.put({ ...stored, spec: { ...spec, namespaces: [] }, status: { ...status, allocations } })
    await world.reconcile(shared)
    assert.deepEqual(sharedWith(), ['friends'])
    const many = Array.from({ length: 17 }, (_, index) => `n-${index}`)
    world.networks.put({ ...world.stored(shared), spec: { ...spec, namespaces: many } })
    await world.reconcile(shared)
    assert.equal(sharedWith(), undefined, 'so many that the book would be too large: it may be anybody’s')
  })

  it('has a network stay on the parent that it was made on while the settings name another, and a new one wait until it is gone', async () => {
    const world = networkWorld()
    const provider = 'NetworkAttachmentDefinition'
    const [made, other] = [blue, aNetwork({ ...red, spec: { vlan: 121, cidr: '10.21.0.0/24' } })].map((one) => ({
      ...one,
      spec: { ...one.spec, provider } as const,
    })) as [typeof blue, typeof red]
    await activeIn(world, made)
    const { parent: _, ...fabric } = world.settings.get('default') as Fabric
    world.settings.set('default', { ...fabric, parent: 'br2' })
    world.networks.put(other)
    await twice(world, other)
    await world.reconcile(made)
    assert.deepEqual(
      [told(world, made), told(world, other)],
      [
        ['Active', 'Active'],
        ['Pending', 'FabricMoved'],
      ],
    )
    assert.match(world.stored(other).status.message, /made on br1 \(bridge\), and its settings name br2 \(bridge\)/)
    assert.equal(world.fabrics.underlay('default')?.parent, 'br1')
    world.networks.delete('team/blue')
    await world.reconcile(made)
    await twice(world, other)
    assert.deepEqual([told(world, other), world.fabrics.underlay('default')?.parent], [['Active', 'Active'], 'br2'])
  })

  it('has a new network wait, and say so, where its turn does not come soon, and one that has its claim go on as it was', async () => {
    const world = networkWorld()
    await activeIn(world, blue)
    const before = world.stored(blue).status
    world.networks.put(red)
    const { claim } = world.fabrics
    world.fabrics.claim = () => Promise.reject(new NotItsTurn('others are before it, and it answers slowly', 2_000))
    for (const network of [blue, red])
      assert.deepEqual(await world.reconcile(network), { kind: 'recheckAfter', delayMs: 2_000 })
    assert.deepEqual(world.stored(blue).status, before)
    assert.deepEqual(told(world, red), ['Pending', 'FabricUnseen'])
    const message = "the book of fabric default can't be asked: others are before it, and it answers slowly"
    assert.equal(world.stored(red).status.message, message)
    world.fabrics.claim = claim
    await world.reconcile(red)
    assert.deepEqual(told(world, red), ['Failed', 'VlanTaken'])
  })

  it('has one that has failed stay as it was told while its turn does not come, also where that was for good', async () => {
    const world = networkWorld()
    await activeIn(world, blue)
    world.networks.put(red)
    await world.reconcile(red)
    const other = aNetwork({ ...red, name: 'other', uid: 'dddddddd', spec: { vlan: 7, cidr: '10.7.0.0/24' } })
    world.networks.put(other)
    await world.reconcile(other)
    for (let tries = 0; tries < 3; tries += 1) {
      world.answers.push(refusedNetwork)
      await world.reconcile(other)
      await world.clock.advance(600_000)
    }
    await world.reconcile(other)
    const before = [red, other].map((network) => world.stored(network).status)
    assert.deepEqual(
      before.map(({ phase, reason }) => [phase, reason]),
      [
        ['Failed', 'VlanTaken'],
        ['Failed', 'ProviderFailed'],
      ],
    )
    const notNow = () => Promise.reject(new NotItsTurn('Conflict', 5_000, true))
    Object.assign(world.fabrics, { claim: notNow, release: notNow })
    for (const network of [red, other])
      assert.deepEqual(await world.reconcile(network), { kind: 'recheckAfter', delayMs: 5_000 })
    assert.deepEqual(
      [red, other].map((network) => world.stored(network).status),
      before,
    )
  })

  it('that is deleted moves no network to where another has what it has, and says what to do', async () => {
    const world = networkWorld()
    const provider = 'NetworkAttachmentDefinition'
    const made = aNetwork({ spec: { provider } })
    const theirs = aNetwork({ ...red, spec: { provider, fabric: 'lab' } })
    const on2 = { ...(world.settings.get('default') as Fabric), parent: 'br2' }
    await activeIn(world, made)
    for (const fabric of ['default', 'lab']) world.settings.set(fabric, on2)
    await activeIn(world, theirs)
    world.fabrics.lose('default')
    const asked = world.asked.length
    await twice(world, made)
    assert.deepEqual([told(world, made), world.asked.length], [['Active', 'FabricUnseen'], asked])
    world.settings.set('default', { ...on2, parent: 'br1' })
    await twice(world, made)
    assert.deepEqual([told(world, made), world.fabrics.underlay('default')?.parent], [['Active', 'Active'], 'br1'])
  })

  it('gives nobody on its parent what a network has that it has lost, of whatever fabric', async () => {
    const world = networkWorld()
    const provider = 'NetworkAttachmentDefinition'
    await activeIn(world, aNetwork({ spec: { provider } }))
    const on1 = world.settings.get('default') as Fabric
    world.settings.set('other', on1)
    world.settings.set('default', { ...on1, parent: 'br2' })
    world.fabrics.write('default', [])
    const thief = aNetwork({ ...red, spec: { provider, fabric: 'other' } })
    world.networks.put(thief)
    await world.reconcile(thief)
    assert.deepEqual(told(world, thief), ['Failed', 'VlanTaken'])
  })

  it('that gives no answer has a new network say so, also one that is not made yet, one that is stay as it was told, and leaves the fault to whoever called', async () => {
    const world = networkWorld()
    world.networks.put(blue)
    const { claim } = world.fabrics
    world.fabrics.claim = () => Promise.reject(new Error('etcd has no leader'))
    await assert.rejects(world.reconcile(blue), /no leader/)
    assert.deepEqual(told(world, blue), ['Pending', 'FabricUnseen'])
    assert.equal(world.stored(blue).status.message, "the book of fabric default can't be asked: etcd has no leader")
    world.fabrics.claim = claim
    await world.reconcile(blue)
    assert.deepEqual(told(world, blue), ['Pending', 'Claimed'])
    world.fabrics.claim = () => Promise.reject(new Error('etcd has no leader'))
    await assert.rejects(world.reconcile(blue), /no leader/)
    assert.deepEqual(told(world, blue), ['Pending', 'FabricUnseen']) // else it would be said to be made next, for ever
    world.fabrics.claim = claim
    await twice(world, blue)
    assert.deepEqual(told(world, blue), ['Active', 'Active'])
    world.fabrics.claim = () => Promise.reject(new Error('etcd has no leader'))
    await assert.rejects(world.reconcile(blue), /no leader/)
    assert.deepEqual(told(world, blue), ['Active', 'Active'])
  })
})
