import assert from 'node:assert/strict'
import { recheckAfter, settled } from '../../../../operator/application/outcome.ts'
import { type MachineWorld, machineWorld } from '../../../fakes/machine-world.ts'
import { aMachine, childName, conditionsIn, stepsIn } from '../../../fixtures/machine-builders.ts'

const key = 'team/web-1'
const machine = aMachine()

/** A machine that runs, with all of its events out, and is deleted now. */
async function aDeletedOne(): Promise<MachineWorld> {
  const world = machineWorld()
  await world.reconcile()
  world.capacity.decide(machine, {})
  await world.reconcile()
  world.relay.deliver()
  world.machines.delete(key)
  return world
}

/** What its deletion waits for. */
const deletionOf = (world: MachineWorld) => world.stored().status.conditions.find(({ type }) => type === 'Deleting')

describe('removeMachine', () => {
  it('lets the object go when its provider, its capacity and its events are done, in this order', async () => {
    const world = await aDeletedOne()
    await world.reconcile()
    assert.deepEqual([world.provider.present.size, world.capacity.count], [0, 0])
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reason], ['Deleting', 'Deleted'])
    assert.deepEqual(stepsIn(status).slice(-2), ['Stop', 'Delete'])
    assert.deepEqual(await world.reconcile(), recheckAfter(1_000))
    assert.ok(world.machines.stored(key), 'its last events are not out yet')
    world.relay.deliver()
    assert.equal(world.published.at(-1), key)
    assert.deepEqual(await world.reconcile(), settled)
    assert.equal(world.machines.stored(key), undefined)
  })

  it('frees no capacity under a machine that its provider has still', async () => {
    const world = await aDeletedOne()
    world.provider.removals.push(
      { kind: 'going', message: 'its disk is being detached' },
      { kind: 'going', message: 'its disk is being detached', recheckAfterMs: 300 },
    )
    await world.reconcile()
    const { status } = world.stored()
    assert.deepEqual([status.phase, status.reason, world.capacity.count], ['Deleting', 'Deleting', 1])
    assert.equal(
      status.message,
      'its disk is being detached; if that is gone for good: kubectl annotate -n team vmachine web-1 kbnt.io/abandon=true',
    )
    assert.deepEqual(conditionsIn(status), {
      CapacityReserved: 'True Reserved',
      Provisioned: 'True Provisioned',
      Running: 'False Deleting',
      Ready: 'False Deleting',
      Deleting: 'True AwaitsProvider',
    })
    assert.deepEqual(await world.reconcile(), recheckAfter(300))
    await world.reconcile()
    assert.equal(world.capacity.count, 0)
  })

  it('asks its provider for nothing more when an administrator has given that up', async () => {
    const world = await aDeletedOne()
    world.provider.removals.push({ kind: 'going', message: 'no answer' })
    await world.reconcile()
    world.machines.put({ ...world.stored(), abandoned: true })
    world.provider.removals.push(new Error('nobody must ask'))
    await world.reconcile()
    assert.deepEqual([world.stored().status.reason, world.capacity.count], ['Deleted', 0])
  })

  it('keeps everything while its provider does not answer, and says so, and since when', async () => {
    const world = await aDeletedOne()
    const { writes } = world.machines
    for (let times = 0; times < 2; times += 1) {
      world.provider.removals.push(new Error('timed out'))
      await assert.rejects(world.reconcile(), /timed out/)
      await world.clock.advance(60_000)
    }
    const told = deletionOf(world)
    assert.deepEqual([told?.reason, told?.lastTransitionTime], ['ProviderFailed', '2026-11-22T10:00:00Z'])
    assert.equal(
      told?.message,
      'Simulated does not let go of it: timed out; if what it has is gone for good: ' +
        'kubectl annotate -n team vmachine web-1 kbnt.io/abandon=true',
    )
    assert.deepEqual([world.capacity.count, told?.message], [1, world.stored().status.message])
    const before = writes.length
    world.provider.removals.push({ kind: 'going', message: 'its disk is being detached' })
    await world.reconcile()
    assert.deepEqual(
      [deletionOf(world)?.reason, deletionOf(world)?.lastTransitionTime, writes.length],
      ['AwaitsProvider', '2026-11-22T10:02:00Z', before + 1],
    )
    world.provider.removals.push({ kind: 'going', message: 'nobody may delete it', isRefused: true })
    await world.reconcile()
    assert.equal(deletionOf(world)?.reason, 'ProviderFailed')
    await world.reconcile()
    assert.deepEqual([world.stored().status.reason, deletionOf(world)], ['Deleted', undefined])
  })

  it('says nothing of an end while nobody knows whether its capacity is back', async () => {
    const world = await aDeletedOne()
    const { giveBack } = world.capacity
    world.capacity.giveBack = () => Promise.reject(new Error('timed out'))
    await assert.rejects(world.reconcile(), /timed out/)
    assert.deepEqual([world.stored().status.reason, deletionOf(world)?.reason], ['Deleting', 'NotGivenBack'])
    assert.equal(world.stored().status.message, 'what was reserved for it is not given back: timed out')
    world.capacity.giveBack = giveBack
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'Deleted')
  })

  it('does not touch a deleted machine that it does not hold', async () => {
    const world = machineWorld({ machine: aMachine({ held: false, finalizers: ['example.com/other'] }) })
    world.machines.delete(key)
    assert.deepEqual(await world.reconcile(), settled)
    assert.deepEqual(world.machines.writes, [])
  })

  it('ends a machine that was deleted before anything was said of it', async () => {
    const world = machineWorld()
    await world.reconcile()
    world.machines.delete(key)
    await world.reconcile()
    assert.deepEqual([stepsIn(world.stored().status), world.capacity.count], [['Request', 'Delete'], 0])
    world.relay.deliver()
    await world.reconcile()
    assert.equal(world.machines.stored(key), undefined)
  })

  it('leaves the holds of others on the object', async () => {
    const world = machineWorld({ machine: aMachine({ finalizers: ['example.com/other', 'kbnt.io/machine'] }) })
    world.machines.delete(key)
    await world.reconcile()
    world.relay.deliver()
    await world.reconcile()
    assert.deepEqual(world.machines.stored(key)?.finalizers, ['example.com/other'])
  })

  it('knows after a restart from the status which events are out', async () => {
    const world = await aDeletedOne()
    await world.reconcile()
    world.restart()
    assert.deepEqual(await world.reconcile(), recheckAfter(1_000))
    assert.equal(world.relay.ids.length, 2)
    world.relay.deliver(1)
    assert.deepEqual(await world.reconcile(), recheckAfter(1_000))
    world.relay.deliver()
    await world.reconcile()
    assert.equal(world.machines.stored(key), undefined)
  })

  it('tries again to let go as the answer says', async () => {
    const world = await aDeletedOne()
    await world.reconcile()
    world.relay.deliver()
    for (const kind of ['conflict', 'gone'] as const) {
      world.machines.answerNext({ kind })
      assert.deepEqual(await world.reconcile(), settled)
    }
    world.machines.answerNext({ kind: 'notApplied', retryAfterMs: 900 })
    assert.deepEqual(await world.reconcile(), recheckAfter(900))
    for (const kind of ['unknown', 'refused'] as const) {
      world.machines.answerNext({ kind, reason: 'the line broke' })
      await assert.rejects(world.reconcile(), /^Error: machine team\/web-1 could not be let go: the line broke$/)
    }
    await world.reconcile()
    assert.equal(world.machines.stored(key), undefined)
  })

  it('goes on naming the reservation that it had', async () => {
    const world = await aDeletedOne()
    await world.reconcile()
    assert.equal(world.stored().status.reservation, childName)
  })

  it('takes one for gone of which nobody can look only where nothing was asked of its provider', async () => {
    const unseen = { kind: 'going', message: 'it is away', isRefused: true, isUnseen: true } as const
    const world = machineWorld()
    await world.reconcile()
    world.capacity.decide(machine, {}) // its machine may be made, and the answer lost
    world.machines.delete(key)
    world.provider.removals.push(unseen)
    await world.reconcile()
    assert.deepEqual([deletionOf(world)?.reason, world.capacity.count], ['ProviderFailed', 1])
    world.provider.removals.push({ kind: 'gone' })
    await world.reconcile()
    assert.equal(world.stored().status.reason, 'Deleted')

    const waiting = machineWorld()
    await waiting.reconcile()
    waiting.machines.delete(key)
    waiting.provider.removals.push(unseen)
    await waiting.reconcile()
    assert.equal(waiting.stored().status.reason, 'Deleted')
  })
})
