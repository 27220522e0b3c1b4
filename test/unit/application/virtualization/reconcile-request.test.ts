import assert from 'node:assert/strict'
import { recheckAfter, settled } from '../../../../operator/application/outcome.ts'
import type { RequestStatus } from '../../../../operator/domain/virtualization/resource-request.ts'
import { type RequestWorld, requestWorld } from '../../../fakes/request-world.ts'
import {
  afterSituations,
  aMachine,
  aRunningMachine,
  providedBy,
  starting,
  withCapacity,
} from '../../../fixtures/machine-builders.ts'
import { aDeletion, aRequest } from '../../../fixtures/request-builders.ts'

const stand = ({ phase, reason }: RequestStatus) => `${phase} ${reason}`
const minuteMs = 60_000

/** The machine web-1 is at this status now. */
const machineIs = ({ machines }: RequestWorld, status: NonNullable<ReturnType<typeof aMachine>['status']>) =>
  machines.change('web-1', { status })

const waiting = () =>
  afterSituations(aMachine(), [
    { kind: 'reserving', reason: 'WaitingForCapacity', message: 'waiting for 2' },
    withCapacity({ capacity: undefined }),
  ]).status
const booting = () => afterSituations(aMachine(), [providedBy(starting()), withCapacity()]).status

describe('a request for a machine', () => {
  it('has it made once and is followed up to its end', async () => {
    const world = requestWorld(aRequest())
    assert.deepEqual(await world.reconcile(), settled)
    assert.equal(stand(world.status()), 'Accepted ResourceCreated')
    machineIs(world, waiting())
    world.machines.position = 3
    await world.reconcile()
    assert.deepEqual([stand(world.status()), world.status().queuePosition], ['Accepted WaitingForCapacity', 3])
    machineIs(world, booting())
    await world.reconcile()
    assert.deepEqual([stand(world.status()), world.status().queuePosition], ['Working Starting', undefined])
    machineIs(world, aRunningMachine().status)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Running')
    assert.deepEqual(world.status().endpoints, aRunningMachine().status.endpoints)
    assert.equal(world.machines.made, 1)
    assert.deepEqual(world.told.flat(), ['Request', 'Complete'])
  })

  it('says how long a boot mostly takes, and nothing where nobody knows', async () => {
    const world = requestWorld(aRequest())
    await world.reconcile()
    machineIs(world, booting())
    await world.reconcile()
    assert.equal(world.status().estimatedSeconds, undefined)
    for (const seconds of [9, 2.5, 4.2]) world.boots.add('Simulated', seconds)
    world.boots.add('KubeVirt', 90)
    await world.reconcile()
    assert.equal(world.status().estimatedSeconds, 5)
  })

  it('writes nothing when nothing has changed', async () => {
    const world = requestWorld(aRequest())
    await world.reconcile()
    await world.clock.advance(1_000)
    await world.reconcile()
    assert.equal(world.requests.reports, 1)
  })

  it('is tried again while something is against it for now, and says what', async () => {
    const world = requestWorld(aRequest())
    world.machines.answerNext({ kind: 'hindered', reason: 'exceeded quota: machines' })
    assert.deepEqual(await world.reconcile(), recheckAfter(10_000))
    assert.deepEqual(
      [stand(world.status()), world.status().message],
      ['Queued ResourceRefused', 'exceeded quota: machines'],
    )
    await world.reconcile()
    assert.equal(stand(world.status()), 'Accepted ResourceCreated')
  })

  it('is tried ever more seldom the longer that lasts, and within five minutes at the latest', async () => {
    const world = requestWorld(aRequest())
    const again = async (hours: number) => {
      await world.clock.advance(hours * 60 * minuteMs)
      world.machines.answerNext({ kind: 'hindered', reason: 'exceeded quota: machines' })
      world.relay.deliver()
      return world.reconcile()
    }
    assert.deepEqual(await again(0.5), recheckAfter(3 * minuteMs))
    assert.deepEqual(await again(24), recheckAfter(5 * minuteMs))
    assert.equal(world.requests.reports, 2, 'once what is against it, once that its event is out')
  })

  it('fails where somebody else has the name, and leaves that one alone', async () => {
    const world = requestWorld(aRequest())
    world.machines.put(aMachine(), { request: 'uid-of-another', message: 'm-9' })
    await world.reconcile()
    assert.deepEqual([stand(world.status()), world.status().resource], ['Failed NameTaken', undefined])
    assert.deepEqual(world.machines.stored('web-1'), aMachine())
  })

  it('fails where the schema of machines does not take it, in the words of that', async () => {
    const world = requestWorld(aRequest())
    world.machines.answerNext({ kind: 'refused', reason: 'spec.memory: write a size' })
    await world.reconcile()
    assert.deepEqual(
      [stand(world.status()), world.status().message],
      ['Failed InvalidSpecification', 'spec.memory: write a size'],
    )
  })

  for (const going of ['deleted', 'gone'] as const)
    it(`fails when its machine was ${going} by somebody, and makes no second one`, async () => {
      const world = requestWorld(aRequest())
      await world.reconcile()
      if (going === 'gone') world.machines.go('web-1')
      else world.machines.change('web-1', { deletingSince: '2026-11-22T10:00:01Z' })
      await world.reconcile()
      assert.equal(stand(world.status()), 'Failed ResourceGone')
      await world.reconcile()
      assert.equal(world.machines.made, 1)
    })

  it('stays as it ended, whatever becomes of its machine', async () => {
    const world = requestWorld(aRequest())
    await world.reconcile()
    machineIs(world, aRunningMachine().status)
    await world.reconcile()
    const ended = world.status()
    world.machines.go('web-1')
    await world.reconcile()
    assert.deepEqual(world.status(), ended)
  })

  it('is not begun when it is being deleted', async () => {
    const world = requestWorld(aRequest({ deleting: true }))
    assert.deepEqual(await world.reconcile(), settled)
    assert.deepEqual([world.machines.made, world.requests.reports], [0, 0])
  })

  it('marks its events as published when nothing else is written, and then waits for nothing', async () => {
    const world = requestWorld(aRequest({ spec: { messageType: 'CREATE_VIRTUAL_NETWORK' } }))
    await world.reconcile()
    world.relay.deliver()
    assert.deepEqual(await world.reconcile(), recheckAfter(5_000))
    await world.clock.advance(5_000)
    await world.reconcile()
    assert.deepEqual([world.status().steps, world.status().published], [2, 2])
    assert.deepEqual(await world.reconcile(), settled)
  })

  it('waits for a clock that is wrong', async () => {
    const world = requestWorld(aRequest())
    world.clock.jump(3_600_000)
    assert.deepEqual(await world.reconcile(), recheckAfter(2_000))
    assert.equal(world.machines.made, 0)
  })

  it('throws what nobody knows, so that it is tried again', async () => {
    const world = requestWorld(aRequest())
    world.requests.answerNext({ kind: 'unknown', reason: 'timed out' })
    await assert.rejects(world.reconcile(), /request team\/vr-1 could not be written: timed out/)
    await world.reconcile()
    assert.deepEqual([world.machines.made, stand(world.status())], [1, 'Accepted ResourceCreated'])
  })
})

describe('a request for the end of a machine', () => {
  const target = aMachine({ uid: 'target-uid' })

  it('writes down which one is meant before it is deleted, and is over when that is gone', async () => {
    const world = requestWorld(aDeletion())
    world.machines.put(target, { request: 'another', message: 'm-0' })
    await world.reconcile()
    assert.deepEqual([stand(world.status()), world.status().resource?.uid], ['Accepted TargetFound', 'target-uid'])
    assert.equal(world.machines.stored('web-1')?.deletingSince, undefined)
    assert.deepEqual(await world.reconcile(), recheckAfter(30_000))
    assert.equal(stand(world.status()), 'Working Removing')
    assert.notEqual(world.machines.stored('web-1')?.deletingSince, undefined)
    world.machines.go('web-1')
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Removed')
    assert.deepEqual(world.told.flat(), ['Request', 'Complete'])
  })

  it('does nothing to a later one of the same name', async () => {
    const world = requestWorld(aDeletion({ payload: { specification: { uid: 'target-uid' } } }))
    world.machines.put(target)
    await world.reconcile()
    world.machines.put(aMachine({ uid: 'a-later-one' }))
    await world.reconcile()
    assert.equal(stand(world.status()), 'Completed Removed')
    assert.equal(world.machines.stored('web-1')?.deletingSince, undefined)
  })

  it('waits ten minutes for one that may still come', async () => {
    const world = requestWorld(aDeletion())
    assert.deepEqual(await world.reconcile(), recheckAfter(10_000))
    assert.equal(stand(world.status()), 'Queued WaitingForTarget')
    await world.clock.advance(10 * minuteMs - 1_000)
    assert.deepEqual(await world.reconcile(), recheckAfter(1_000))
    await world.clock.advance(1_000)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed ResourceNotFound')
  })

  it('waits for as long as the request of that message is not over: it would have it made afterwards', async () => {
    const world = requestWorld(aDeletion())
    const asking = aRequest({ name: 'vr-0', uid: 'asking', spec: { messageId: 'm-0' } })
    const stored = world.requests.put(asking)
    await world.clock.advance(20 * minuteMs)
    assert.deepEqual(await world.reconcile(), recheckAfter(10_000))
    assert.match(world.status().message, /its request vr-0 is not over$/)
    await world.requests.report(stored, { phase: 'Failed' } as RequestStatus)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed ResourceNotFound')
  })

  it('waits for no request that ends something: two of them could wait for each other for ever', async () => {
    const world = requestWorld(aDeletion({ payload: { specification: { originalMessageId: 'm-1' } } })) // itself
    await world.clock.advance(10 * minuteMs)
    await world.reconcile()
    assert.equal(stand(world.status()), 'Failed ResourceNotFound')
  })

  it('says how it goes with a machine that is being removed', async () => {
    const world = requestWorld(aDeletion())
    const message = 'the provider has been away for 3 m'
    const status = { ...aMachine().status, phase: 'Deleting', message } as NonNullable<
      ReturnType<typeof aMachine>['status']
    >
    world.machines.put({ ...target, status }, { request: 'another', message: 'm-0' })
    await world.reconcile()
    await world.reconcile()
    assert.match(world.status().message, /is being removed: the provider has been away for 3 m$/)
  })

  it('says of nothing that it is not there while its namespace can not be listed', async () => {
    const world = requestWorld(aDeletion())
    world.machines.listed = false
    await world.clock.advance(20 * minuteMs)
    assert.deepEqual(await world.reconcile(), recheckAfter(10_000))
    assert.equal(stand(world.status()), 'Queued WaitingForTarget')
  })
})
