import assert from 'node:assert/strict'
import { isTrue } from '../../../../operator/domain/resource/resource.ts'
import { type NetworkWorld, networkWorld } from '../../../fakes/network-world.ts'
import { aNetwork } from '../../../fixtures/network-builders.ts'

const blue = aNetwork()
const red = aNetwork({ name: 'red', uid: 'cccccccc-1111-4222-8333-444444444444' })
const told = (world: NetworkWorld, network = blue) => {
  const { phase, reason } = world.stored(network).status
  return [phase, reason]
}

/** First its claim is told, then its provider is asked. */
async function twice(world: NetworkWorld, network = blue): Promise<void> {
  await world.reconcile(network)
  await world.reconcile(network)
}

async function activeIn(world: NetworkWorld, network = blue): Promise<void> {
  world.networks.put(network)
  await twice(world, network)
  assert.deepEqual(told(world, network), ['Active', 'Active'])
}

describe('what a network has of its fabric', () => {
  it('loses its place to nobody when the book of its fabric is lost', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.fabrics.lose('default')
    world.networks.put(red)
    await world.reconcile(red)
    assert.deepEqual(told(world, red), ['Failed', 'VlanTaken'])
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Active', 'Active'])
    assert.equal(world.fabrics.claims('default')[0]?.name, 'blue')
  })

  it('has what was made taken away where its place is another’s by now, before it has failed', async () => {
    const world = networkWorld()
    await activeIn(world)
    const { uid, namespace, name } = world.networks.put(red)
    world.fabrics.write('default', [{ uid, namespace, name, vlan: 120, cidr: '10.20.0.0/24' }])
    world.removals.push({ kind: 'going', message: 'it hangs' })
    await world.reconcile(blue)
    assert.deepEqual([told(world), world.asked], [['Pending', 'VlanTaken'], ['Simulated makes blue']])
    assert.match(world.stored(blue).status.message, /stays its own for now: it takes no more machines/)
    await world.reconcile(blue)
    assert.equal(isTrue(world.stored(blue).status, 'Claimed'), true)
    assert.match(world.stored(blue).status.message, /network team\/red.*: it hangs$/)
    await world.reconcile(blue)
    const { status } = world.stored(blue)
    assert.deepEqual([told(world), isTrue(status, 'Claimed')], [['Failed', 'VlanTaken'], false])
    assert.equal(isTrue(status, 'Provisioned'), false)
  })

  it('keeps what was made where an older book has its place for one that is gone, until the sweep has ended that', async () => {
    const world = networkWorld()
    await activeIn(world)
    const { uid, namespace, name } = red
    world.fabrics.write('default', [{ uid, namespace, name, vlan: 120, cidr: '10.20.0.0/24' }])
    const outcome = await world.reconcile(blue)
    await world.reconcile(blue)
    assert.deepEqual([told(world), world.asked], [['Active', 'VlanTaken'], ['Simulated makes blue']])
    assert.equal(isTrue(world.stored(blue).status, 'Ready'), false)
    assert.match(
      world.stored(blue).status.message,
      /network team\/red.*; that one is not seen, and what it has is given back/,
    )
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 10_000 })
    await world.sweep()
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Active', 'Active'])
    assert.deepEqual(
      world.fabrics.claims('default').map((one) => one.name),
      ['blue'],
    )
  })

  it('gives back what it holds by a book of which it could tell nothing, when it is refused', async () => {
    const world = networkWorld()
    world.networks.put(blue)
    const { uid, namespace, name } = blue
    const claim = { namespace, vlan: 120, cidr: '10.20.0.0/24' }
    world.fabrics.write('default', [
      { ...claim, uid: red.uid, name: 'red' },
      { ...claim, uid, name },
    ])
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Failed', 'VlanTaken'])
    assert.deepEqual(
      world.fabrics.claims('default').map((one) => one.name),
      ['red'],
    )
  })

  it('waits while others may be unseen of which no book tells', async () => {
    const world = networkWorld()
    world.unseen = 'VirtualNetworks were not listed yet in namespace far (no right)'
    world.networks.put(blue)
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Pending', 'FabricUnseen'])
    assert.match(world.stored(blue).status.message, /no NetworkFabric yet, and .*namespace far \(no right\)$/)
    world.unseen = undefined
    await twice(world)
    assert.deepEqual(told(world), ['Active', 'Active'])
  })

  for (const [what, removal] of [
    ['is still going', { kind: 'going', message: 'it hangs' }],
    [
      'nobody can look at',
      () => {
        throw new Error('the server hangs')
      },
    ],
  ] as const)
    it(`goes when it is given up, but its claim stays for what ${what}`, async () => {
      const world = networkWorld()
      const real = aNetwork({ abandoned: true, spec: { provider: 'NetworkAttachmentDefinition' } })
      await activeIn(world, real)
      world.networks.delete('team/blue')
      world.removals.push(removal)
      await world.reconcile(real)
      assert.deepEqual(told(world, real), ['Deleting', 'Deleted'])
      assert.match(world.stored(real).status.message, /^given up; .* free when nothing is left/)
      assert.equal(world.asked.at(-1), 'NetworkAttachmentDefinition removes blue')
      assert.equal(world.fabrics.claims('default').length, 1)
      world.networks.tearOut('team/blue')
      await world.sweep()
      assert.deepEqual(world.fabrics.claims('default'), [])
    })

  it('is free at once when it is given up and nothing of it was real', async () => {
    const world = networkWorld()
    const given = aNetwork({ abandoned: true })
    await activeIn(world, given)
    world.networks.delete('team/blue')
    await world.reconcile(given)
    assert.deepEqual([told(world, given), world.fabrics.claims('default')], [['Deleting', 'Deleted'], []])
  })

  it('keeps the claim of one that is gone without us while machines say that they are on it', async () => {
    const world = networkWorld()
    await activeIn(world, aNetwork({ spec: { provider: 'NetworkAttachmentDefinition' } }))
    world.networks.tearOut('team/blue')
    world.used.add(blue.uid)
    world.provided.push(blue)
    await world.sweep()
    const made = 'NetworkAttachmentDefinition makes blue'
    assert.deepEqual([world.fabrics.claims('default').length, world.asked.at(-1)], [1, made])
    world.used.clear()
    world.guests = 'KubeVirt machine team/web-0909a693 is still on it'
    await world.sweep()
    assert.equal(world.fabrics.claims('default').length, 1, 'its guests have their addresses until they are off')
    world.guests = undefined
    await world.sweep()
    assert.deepEqual(world.fabrics.claims('default'), [])
  })

  it('leaves nothing behind where somebody takes its finalizer off', async () => {
    const world = networkWorld()
    const provider = 'NetworkAttachmentDefinition'
    await activeIn(world, aNetwork({ spec: { provider } }))
    const far = aNetwork({ namespace: 'unseen', uid: 'far', spec: { vlan: 9, cidr: '10.9.0.0/24', provider } })
    await activeIn(world, far)
    assert.deepEqual(await world.sweep(), [])
    world.networks.tearOut('team/blue')
    world.networks.tearOut('unseen/blue')
    world.removals.push({ kind: 'going', message: 'it hangs' })
    assert.deepEqual(await world.sweep(), [blue.uid])
    assert.equal(world.fabrics.claims('default').length, 2)
    await world.sweep()
    assert.deepEqual(
      world.fabrics.claims('default').map(({ uid }) => uid),
      ['far'],
    )
    assert.deepEqual(await world.sweep(), [])
    assert.equal(world.asked.filter((call) => call === 'the rest of blue is removed').length, 2)
  })

  it('has nothing looked for where its lost claim was of a simulated one', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.networks.tearOut('team/blue')
    await world.sweep()
    assert.deepEqual(world.fabrics.claims('default'), [])
    assert.equal(world.asked.includes('the rest of blue is removed'), false)
  })

  it('is looked at again where the book and its status differ', async () => {
    const world = networkWorld()
    await activeIn(world)
    await world.sweep()
    assert.deepEqual(world.enqueued, [])
    const [claim] = world.fabrics.claims('default')
    assert.ok(claim)
    for (const claims of [[], [{ ...claim, vlan: 7 }]]) {
      world.fabrics.write('default', claims)
      await world.sweep()
      assert.deepEqual(world.enqueued.splice(0), ['team/blue'])
      await world.reconcile(blue)
      assert.deepEqual(world.fabrics.claims('default'), [claim])
    }
  })

  it('leaves nothing at its provider that no network is there for, as of a create that came late', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.provided.push(blue, { ...blue, uid: 'an older one' }, { ...red, namespace: 'unseen' })
    await world.sweep()
    assert.deepEqual(
      world.asked.filter((call) => call.startsWith('the rest')),
      ['the rest of blue is removed'],
    )
  })
})
