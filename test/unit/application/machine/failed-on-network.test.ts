import assert from 'node:assert/strict'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import { aMachine, machineUid, refused } from '../../../fixtures/machine-builders.ts'
import { allocationsIn, aWorldOnBlue, confirmed, told, web } from '../../../fixtures/machine-on-network.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'

const own = [[machineUid, '10.20.0.2']]

/** Its provider won't make it, for good. */
async function failed(world: MachineWorld): Promise<void> {
  for (let tries = 0; tries < 3; tries += 1) {
    world.provider.answers.push(refused())
    await world.reconcile()
    await world.clock.advance(10_000)
  }
  assert.deepEqual(told(world), ['Failed', 'ProviderFailed'])
}

/** The watch shows no network, as where their namespace can't be listed any more. */
function hideNetworks(world: MachineWorld): void {
  Object.assign(world.networks, { find: () => undefined })
}

describe('a machine on a network that has failed', () => {
  it('names its address until its provider has nothing of it and the address is given back', async () => {
    const world = await aWorldOnBlue()
    await failed(world)
    world.provider.removals.push({ kind: 'going', message: 'it hangs', recheckAfterMs: 500 })
    await world.reconcile()
    assert.deepEqual([allocationsIn(world), world.stored().status.network?.address], [own, '10.20.0.2'])
    await world.reconcile()
    assert.deepEqual([allocationsIn(world), world.stored().status.network, world.capacity.count], [[], undefined, 0])
    await world.reconcile()
    assert.deepEqual(told(world), ['Failed', 'ProviderFailed'])
  })

  it('gives its address back also where its network is not seen any more', async () => {
    const machine: Machine = aMachine({ spec: { network: 'unlisted/blue' } })
    const world = machineWorld({ machine })
    world.networks.put(anActiveNetwork({ namespace: 'unlisted', spec: { namespaces: ['team'] } }))
    await confirmed(world, machine)
    await failed(world)
    hideNetworks(world)
    world.provider.removals.push({ kind: 'going', message: 'it hangs', recheckAfterMs: 500 })
    await world.reconcile()
    assert.deepEqual([allocationsIn(world, 'unlisted/blue'), world.capacity.count], [own, 1])
    await world.reconcile()
    assert.deepEqual([allocationsIn(world, 'unlisted/blue'), world.capacity.count], [[], 0])
    assert.equal(world.stored().status.network, undefined)
  })

  it('gives back an address of which it was not told, once the watch has shown that', async () => {
    const world = machineWorld({ machine: web })
    const blue = anActiveNetwork()
    world.networks.put(blue)
    await world.reconcile()
    world.capacity.decide(web, { phase: 'Rejected', reason: 'NeverFits', message: 'too large' })
    await world.reconcile()
    const allocations = [{ uid: machineUid, namespace: 'team', name: 'web-1', address: '10.20.0.2' }]
    world.networks.put({ ...blue, status: { ...blue.status, allocations } })
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Failed', 'NeverFits'], []])
  })

  it('gives it back where it breaks a policy and has no capacity', async () => {
    const world = machineWorld({ machine: web, policies: { maxCpu: 1 } })
    const blue = anActiveNetwork()
    const allocations = [{ uid: machineUid, namespace: 'team', name: 'web-1', address: '10.20.0.2' }]
    world.networks.put({ ...blue, status: { ...blue.status, allocations } })
    world.provider.removals.push({ kind: 'going', message: 'it hangs' })
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Failed', 'PolicyViolation'], own])
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Failed', 'PolicyViolation'], []])
  })

  it('says what keeps it from giving back what it has, until that goes', async () => {
    const world = await aWorldOnBlue()
    await failed(world)
    const why = world.stored().status.message
    const waits = () => world.stored().status.message.slice(why.length)
    const still = '; what it has stays its own for now: '
    world.provider.removals.push({ kind: 'going', message: 'it hangs', isRefused: true })
    assert.deepEqual(await world.reconcile(), { kind: 'recheckAfter', delayMs: 10_000 })
    assert.equal(waits(), `${still}it hangs`)
    world.provider.removals.push(new Error('a webhook denies it'))
    await assert.rejects(world.reconcile(), /a webhook denies it/)
    assert.equal(waits(), `${still}a webhook denies it`)
    await world.reconcile()
    assert.deepEqual([waits(), allocationsIn(world), world.capacity.count], ['', [], 0])
  })

  it('says so also where it breaks a policy and has no capacity', async () => {
    const world = machineWorld({ machine: web, policies: { maxPerOwner: 0 } })
    const blue = anActiveNetwork()
    const allocations = [{ uid: machineUid, namespace: 'team', name: 'web-1', address: '10.20.0.2' }]
    world.networks.put({ ...blue, status: { ...blue.status, allocations } })
    const machine = world.machines.stored('team/web-1') as Machine
    world.machines.put({ ...machine, spec: { ...machine.spec, owner: 'anna' } })
    world.provider.removals.push({ kind: 'going', message: 'it hangs', isRefused: true })
    await world.reconcile()
    assert.deepEqual([told(world), allocationsIn(world)], [['Failed', 'PolicyViolation'], own])
    assert.match(world.stored().status.message, /; what it has stays its own for now: it hangs$/)
    await world.reconcile()
    assert.deepEqual(allocationsIn(world), [])
    assert.doesNotMatch(world.stored().status.message, /what it has stays/)
  })
})
