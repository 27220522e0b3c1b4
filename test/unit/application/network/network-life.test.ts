import assert from 'node:assert/strict'
import { mayBeProvided } from '../../../../operator/domain/network/network-outlook.ts'
import { isTrue } from '../../../../operator/domain/resource/resource.ts'
import { type NetworkWorld, networkWorld } from '../../../fakes/network-world.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'
import { aNetwork, refusedNetwork } from '../../../fixtures/network-builders.ts'

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

describe('the life of a network', () => {
  it('claims its vlan and its range in one spelling, then has its provider make it', async () => {
    const world = networkWorld()
    await activeIn(world, aNetwork({ spec: { cidr: '10.20.0.77/24' } }))
    const { uid, namespace, name } = blue
    assert.deepEqual(world.fabrics.claims('default'), [
      { uid, namespace, name, vlan: 120, cidr: '10.20.0.0/24', provider: 'Simulated', sharedWith: [] },
    ])
    assert.deepEqual(world.asked, ['Simulated makes blue'])
  })

  it('is refused what another has, with the name of that, and gets it once that is gone', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.networks.put(red)
    const outcome = await world.reconcile(red)
    assert.deepEqual(told(world, red), ['Failed', 'VlanTaken'])
    assert.match(world.stored(red).status.message, /network team\/blue/)
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 10_000 })
    assert.deepEqual(world.asked, ['Simulated makes blue'])
    world.networks.delete('team/blue')
    await world.reconcile(blue)
    await twice(world, red)
    assert.deepEqual(told(world, red), ['Active', 'Active'])
  })

  it('asks nobody for what its fabric does not allow, or for no range at all', async () => {
    const world = networkWorld()
    world.settings.set('lab', { kind: 'bridge', vlans: [{ from: 2, to: 9 }], cidrs: [], namespaces: '*' })
    const refusals = [
      ['CidrInvalid', 'Failed', aNetwork({ name: 'a', uid: 'a', spec: { cidr: '10.20.0.0/31' } })],
      ['FabricUnknown', 'Pending', aNetwork({ name: 'b', uid: 'b', spec: { fabric: 'nowhere' } })],
      ['OutOfRange', 'Failed', aNetwork({ name: 'c', uid: 'c', spec: { fabric: 'lab' } })],
    ] as const
    for (const [reason, phase, network] of refusals) {
      world.networks.put(network)
      await world.reconcile(network)
      assert.deepEqual(told(world, network), [phase, reason])
    }
    const real = aNetwork({
      name: 'd',
      uid: 'd',
      spec: { fabric: 'lab', vlan: 5, provider: 'NetworkAttachmentDefinition' },
    })
    world.networks.put(real)
    await world.reconcile(real)
    assert.deepEqual(told(world, real), ['Pending', 'FabricUnknown'])
    assert.deepEqual([world.asked, world.fabrics.claims('lab')], [[], []])
  })

  it('is not taken away by a changed setting', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.settings.set('default', { kind: 'bridge', vlans: [{ from: 2, to: 9 }], cidrs: [], namespaces: [] })
    await world.reconcile(blue, { defaultProvider: 'NetworkAttachmentDefinition' })
    assert.deepEqual(told(world), ['Active', 'Active'])
    assert.deepEqual([...new Set(world.asked)], ['Simulated makes blue'])
    world.settings.delete('default')
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Active', 'FabricUnknown'])
    assert.equal(isTrue(world.stored(blue).status, 'Ready'), false)
  })

  it('keeps its claim while its provider is away or refuses, and gives it back when it is given up', async () => {
    const world = networkWorld()
    world.networks.put(blue)
    world.unavailable = 'no Multus'
    await twice(world)
    assert.deepEqual([told(world), world.fabrics.claims('default').length], [['Pending', 'ProviderUnavailable'], 1])
    assert.equal(mayBeProvided(world.stored(blue).status), false)
    world.unavailable = undefined
    await world.reconcile(blue)
    assert.deepEqual([told(world), world.asked], [['Pending', 'Claimed'], []])
    assert.equal(mayBeProvided(world.stored(blue).status), true, 'told before it is asked')
    for (let tries = 0; tries < 3; tries += 1) {
      world.answers.push(refusedNetwork)
      await world.reconcile(blue)
      await world.clock.advance(10_000)
    }
    assert.deepEqual([told(world), world.fabrics.claims('default').length], [['Failed', 'ProviderFailed'], 1])
    for (let asked = 0; asked < 2; asked += 1) {
      world.removals.push({ kind: 'going', message: 'it hangs' })
      await world.reconcile(blue)
      const { status } = world.stored(blue)
      assert.deepEqual([told(world), world.fabrics.claims('default').length], [['Failed', 'ProviderFailed'], 1])
      assert.match(status.message, /^its provider refused it 3 times.*no such bridge; what it has stays.*: it hangs$/)
      assert.equal(isTrue(status, 'Claimed'), true)
    }
    await world.reconcile(blue)
    assert.deepEqual([told(world), world.fabrics.claims('default')], [['Failed', 'ProviderFailed'], []])
    assert.match(world.stored(blue).status.message, /no such bridge$/)
    assert.equal(isTrue(world.stored(blue).status, 'Claimed'), false)
  })

  it('keeps its claim until its provider has let go of it', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.networks.delete('team/blue')
    world.removals.push({ kind: 'going', message: 'it hangs' })
    await world.reconcile(blue)
    assert.match(
      world.stored(blue).status.message,
      /^it hangs; .*annotate -n team vnetwork blue kbnt.io\/abandon=true$/,
    )
    assert.equal(world.fabrics.claims('default').length, 1)
    await world.reconcile(blue)
    assert.deepEqual([told(world), world.fabrics.claims('default')], [['Deleting', 'Deleted'], []])
  })

  it('tells that it has its claim before its provider is asked', async () => {
    const world = networkWorld()
    world.networks.put(blue)
    await world.reconcile(blue)
    assert.deepEqual([told(world), isTrue(world.stored(blue).status, 'Claimed')], [['Pending', 'Claimed'], true])
    assert.deepEqual(world.asked, [])
  })

  it('says what keeps its provider from answering, has that counted, and goes on', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.faults.push(new Error('404 page not found'))
    await assert.rejects(world.reconcile(blue), /page not found/)
    assert.deepEqual(told(world), ['Active', 'ProviderUnavailable'])
    assert.equal(world.stored(blue).status.message, "Simulated can't be asked: 404 page not found")
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Active', 'Active'])
  })

  it('is not given up for what its provider refuses once it was there', async () => {
    const world = networkWorld()
    await activeIn(world)
    for (let tries = 0; tries < 6; tries += 1) {
      world.answers.push(refusedNetwork)
      await world.reconcile(blue)
      await world.clock.advance(10_000)
    }
    assert.deepEqual([told(world), world.fabrics.claims('default').length], [['Active', 'ProviderFailed'], 1])
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Active', 'Active'])
  })

  it('keeps what it has while its fabric has no parent', async () => {
    const world = networkWorld()
    const real = aNetwork({ spec: { provider: 'NetworkAttachmentDefinition' } })
    await activeIn(world, real)
    world.settings.set('default', { kind: 'bridge', vlans: [{ from: 2, to: 4_094 }], cidrs: [], namespaces: '*' })
    for (let times = 0; times < 6; times += 1) await world.reconcile(real)
    assert.deepEqual([told(world, real), world.fabrics.claims('default').length], [['Active', 'FabricUnknown'], 1])
  })

  it('is not looked at again for a range that can never be', async () => {
    const world = networkWorld()
    world.networks.put(aNetwork({ spec: { cidr: '10.20.0.0/31' } }))
    assert.deepEqual(await world.reconcile(blue), { kind: 'settled' })
  })

  it('does not go, nor loses what it has, while machines are on it, whoever gives it up', async () => {
    const world = networkWorld()
    await activeIn(world)
    const put = (machines: number, more: object = {}) => {
      const names = Array.from({ length: machines }, (_, at) => `web-${at + 1}`)
      for (const name of names) world.machines.put(aMachine({ name, uid: name }))
      const allocations = names.map((name, at) => ({
        uid: name,
        namespace: 'team',
        name,
        address: `10.20.0.${at + 2}`,
      }))
      const { status, ...network } = world.stored(blue)
      world.networks.put({ ...network, ...more, status: { ...status, allocations } })
    }
    put(5)
    world.networks.delete('team/blue')
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Deleting', 'Deleting'])
    assert.match(world.stored(blue).status.message, /deleted first: team\/web-1, team\/web-2, team\/web-3 and 2 more$/)
    put(1, { abandoned: true })
    await world.reconcile(blue)
    assert.match(world.stored(blue).status.message, /deleted first: team\/web-1$/)
    assert.deepEqual([world.fabrics.claims('default').length, world.asked], [1, ['Simulated makes blue']])
    put(0)
    await world.reconcile(blue)
    assert.deepEqual([told(world), world.fabrics.claims('default')], [['Deleting', 'Deleted'], []])
  })

  it('is gone also where somebody has emptied the history of its status before all of it was out', async () => {
    const world = networkWorld()
    await activeIn(world)
    const { status, ...network } = world.stored(blue)
    world.networks.put({ ...network, status: { ...status, steps: 90, history: [] } })
    world.networks.delete('team/blue')
    await world.reconcile(blue)
    assert.deepEqual([told(world), world.fabrics.claims('default')], [['Deleting', 'Deleted'], []])
  })

  it('keeps what it has for its machines where its fabric has something against it by now', async () => {
    const world = networkWorld()
    await activeIn(world)
    world.machines.put(aMachine({ uid: 'web' }))
    const allocations = [{ uid: 'web', namespace: 'team', name: 'web-1', address: '10.20.0.2' }]
    const { status, ...network } = world.stored(blue)
    world.networks.put({ ...network, status: { ...status, allocations } })
    world.networks.put(red)
    await world.fabrics.release('default', blue.uid)
    await world.fabrics.claim(
      'default',
      { uid: red.uid, namespace: 'team', name: 'red', vlan: 120, cidr: '10.30.0.0/24' },
      {
        ...{ rule: undefined, unseen: undefined, known: () => [], elsewhere: () => [], isNew: true },
        underlay: { kind: 'bridge', parent: 'br1' },
      },
    )
    await world.reconcile(blue)
    assert.deepEqual(told(world), ['Active', 'VlanTaken'])
    assert.match(world.stored(blue).status.message, /stays its own for now: machines are on it/)
    assert.deepEqual(world.stored(blue).status.allocations, allocations)
  })
})
