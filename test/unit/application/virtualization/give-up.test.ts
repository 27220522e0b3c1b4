import assert from 'node:assert/strict'
import { recheckAfter } from '../../../../operator/application/outcome.ts'
import type { RequestStatus } from '../../../../operator/domain/virtualization/resource-request.ts'
import { GIVE_UP_MS, type RequestWorld, requestWorld } from '../../../fakes/request-world.ts'
import {
  afterSituations,
  aMachine,
  aRunningMachine,
  providedBy,
  ref,
  starting,
  withCapacity,
} from '../../../fixtures/machine-builders.ts'
import { aNetwork, anActiveNetwork } from '../../../fixtures/network-builders.ts'
import { aDeletion, aRequest } from '../../../fixtures/request-builders.ts'
import { anAllocatedStorage, aStorage } from '../../../fixtures/storage-builders.ts'

const stand = ({ phase, reason }: RequestStatus) => `${phase} ${reason}`
const isHindered = (world: RequestWorld) => world.status().conditions.find(({ type }) => type === 'Hindered')?.status

/** The machine web-1 is at this status now. */
const machineIs = ({ machines }: RequestWorld, status: NonNullable<ReturnType<typeof aMachine>['status']>) =>
  machines.change('web-1', { status })

const waiting = () =>
  afterSituations(aMachine(), [
    { kind: 'reserving', reason: 'WaitingForCapacity', message: 'waiting for 2' },
    withCapacity({ capacity: undefined }),
  ]).status

describe('a request that something has been against for too long', () => {
  const pending = {
    ...aRunningMachine().status,
    phase: 'Pending',
    reason: 'PoolMissing',
    message: 'no pool',
  } as const

  it('is over, with nothing made', async () => {
    const world = requestWorld(aRequest())
    const refuse = () => world.machines.answerNext({ kind: 'hindered', reason: 'exceeded quota: machines' })
    refuse()
    await world.reconcile()
    await world.clock.advance(GIVE_UP_MS - 1_000)
    refuse()
    assert.deepEqual(await world.reconcile(), recheckAfter(1_000))
    await world.clock.advance(1_000)
    refuse()
    await world.reconcile()
    assert.deepEqual(
      [stand(world.status()), world.status().message],
      ['Failed HinderedTooLong', 'for 24h something was against it: exceeded quota: machines'],
    )
    await world.reconcile()
    assert.equal(world.machines.made, 0)
  })

  it('is over though nobody ever says anything of its machine', async () => {
    const world = requestWorld(aRequest())
    await world.reconcile()
    await world.clock.advance(299_000)
    await world.reconcile()
    assert.equal(isHindered(world), 'False')
    await world.clock.advance(1_000)
    await world.reconcile()
    assert.equal(isHindered(world), 'True')
    assert.match(world.status().message, /^VirtualMachine web-1 \(VM-\w+\) is there, and nothing is told of it$/)
    await world.clock.advance(GIVE_UP_MS)
    await world.reconcile() // its machine goes first
    await world.clock.advance(10_000)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
  })

  it('is over though its machine only ever boots, or its provider can not bring it up', async () => {
    for (const [provided, beforeMs] of [
      [starting(), 3_599_000],
      [{ kind: 'troubled', ref, message: 'ErrImagePull: no such image' }, 0],
    ] as const) {
      const world = requestWorld(aRequest())
      await world.reconcile()
      const { status } = afterSituations(aMachine(), [providedBy(provided), withCapacity()])
      machineIs(world, status)
      await world.reconcile()
      const sinceMs = world.clock.now() - Date.parse(status.history.at(-1)?.at ?? '')
      await world.clock.advance(Math.max(0, beforeMs - sinceMs))
      await world.reconcile()
      assert.equal(isHindered(world), beforeMs > 0 ? 'False' : 'True')
      await world.clock.advance(1_000)
      await world.reconcile()
      assert.equal(isHindered(world), 'True')
      if (beforeMs > 0) assert.match(world.status().message, /; so for more than an hour$/)
      await world.clock.advance(GIVE_UP_MS)
      await world.reconcile() // its machine goes first
      await world.clock.advance(10_000)
      await world.reconcile()
      assert.equal(stand(world.status()), 'Failed HinderedTooLong')
    }
  })

  it('is over though nobody answers what is asked for it, and says so meanwhile', async () => {
    const world = requestWorld(aRequest())
    world.machines.make = () => Promise.reject(new Error('failed calling webhook "machines.example.com"'))
    await assert.rejects(world.reconcile(), /failed calling webhook/)
    assert.deepEqual(
      [stand(world.status()), isHindered(world), world.status().message],
      ['Queued ResourceRefused', 'True', 'failed calling webhook "machines.example.com"'],
    )
    await world.clock.advance(GIVE_UP_MS)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
  })

  it('is over though what it is to end can not be read, and stays what it was until then', async () => {
    const world = requestWorld(aDeletion())
    world.machines.put(aMachine({ uid: 'target-uid' }), { request: 'another', message: 'm-0' })
    await world.reconcile()
    assert.equal(stand(world.status()), 'Accepted TargetFound')
    let port = 1_024
    world.machines.read = () => Promise.reject(new Error(`10.0.0.1:${port++} does not answer`))
    await assert.rejects(world.reconcile(), /does not answer/)
    const told = world.status()
    assert.deepEqual([stand(told), isHindered(world)], ['Accepted TargetFound', 'True'])
    assert.match(told.message, /^VirtualMachine web-1 \(VM-\w+\) can't be asked for: 10\.0\.0\.1:1024 does not answer$/)
    await assert.rejects(world.reconcile(), /does not answer/)
    assert.equal(world.status(), told, 'words that differ each time are not written each time')
    await world.clock.advance(GIVE_UP_MS)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
  })

  async function hinderedWorld() {
    const world = requestWorld(aRequest())
    await world.reconcile()
    machineIs(world, pending)
    await world.reconcile()
    await world.clock.advance(GIVE_UP_MS)
    return world
  }

  it('says what is against it though nobody answers its end, which is tried again', async () => {
    const world = await hinderedWorld()
    const { remove } = world.machines
    machineIs(world, { ...pending, reason: 'WrongUnit', message: 'the unit of cpu' })
    world.machines.remove = () => Promise.reject(new Error('timed out'))
    await assert.rejects(world.reconcile(), /timed out/)
    assert.deepEqual([isHindered(world), stand(world.status())], ['True', 'Accepted WrongUnit'])
    world.machines.remove = remove
    await world.reconcile()
    await world.clock.advance(2_000)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
  })

  it('is over once its machine is on its way out, so that nothing comes up later', async () => {
    const world = await hinderedWorld()
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
    assert.notEqual(world.machines.stored('web-1')?.deletingSince, undefined)
  })

  it('says so, too, after a crash between the two', async () => {
    const world = await hinderedWorld()
    world.machines.change('web-1', { deletingSince: '2026-11-23T10:00:01Z' })
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
  })

  it('leaves a machine alone that has changed in this moment, or that may not be deleted, and is not over', async () => {
    for (const removing of [{ kind: 'changed' }, { kind: 'hindered', reason: 'no' }] as const) {
      const world = await hinderedWorld()
      world.machines.refuseRemoval(removing)
      assert.deepEqual(await world.reconcile(), recheckAfter(2_000))
      assert.equal(stand(world.status()), 'Accepted PoolMissing')
      machineIs(world, aRunningMachine().status)
      await world.reconcile()
      assert.equal(stand(world.status()), 'Completed Running')
    }
  })

  it('begins anew each time that it could go on', async () => {
    const world = await hinderedWorld()
    machineIs(world, waiting())
    await world.reconcile()
    machineIs(world, pending)
    await world.reconcile()
    assert.deepEqual([stand(world.status()), isHindered(world)], ['Accepted PoolMissing', 'True'])
  })

  it('is over where a network that is to go has machines on it, and says which', async () => {
    const spec = { messageType: 'DELETE_VIRTUAL_NETWORK', messageId: 'm-9' } as const
    const world = requestWorld(aDeletion({ name: 'vr-9', uid: 'ending', spec }))
    world.networks.put(aNetwork(), { request: 'x', message: 'm-0' })
    await world.reconcile()
    await world.reconcile()
    const message = 'machines are on it, which have to be deleted first: team/web-1'
    const allocations = [{ uid: 'web', namespace: 'team', name: 'web-1', address: '10.20.0.2' }]
    const status = { ...anActiveNetwork().status, phase: 'Deleting', reason: 'Deleting', message, allocations } as const
    world.networks.change('blue', { status })
    await world.reconcile()
    assert.deepEqual([stand(world.status()), isHindered(world)], ['Working Removing', 'True'])
    await world.clock.advance(GIVE_UP_MS)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed HinderedTooLong')
    assert.match(world.status().message, /deleted first: team\/web-1$/)
  })

  it('is hindered where a storage that is to go has a machine on it', async () => {
    const spec = { messageType: 'DELETE_VIRTUAL_STORAGE', messageId: 'm-9' } as const
    const world = requestWorld(aDeletion({ name: 'vr-9', uid: 'ending', spec }))
    world.storages.put(aStorage(), { request: 'x', message: 'm-0' })
    await world.reconcile()
    await world.reconcile()
    const message = 'a machine has it, which has to be deleted first: team/web-1'
    const attachedTo = { uid: 'web', name: 'web-1' }
    const status = {
      ...anAllocatedStorage().status,
      phase: 'Deleting',
      reason: 'Deleting',
      message,
      attachedTo,
    } as const
    world.storages.change('data', { status })
    await world.reconcile()
    assert.deepEqual([stand(world.status()), isHindered(world)], ['Working Removing', 'True'])
  })
})
