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
import { aRequest } from '../../../fixtures/request-builders.ts'

const stand = ({ phase, reason }: RequestStatus) => `${phase} ${reason}`
const minuteMs = 60_000

const isHindered = (world: RequestWorld) => world.status().conditions.find(({ type }) => type === 'Hindered')?.status

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
    assert.deepEqual(await world.reconcile(), recheckAfter(300_000))
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
    assert.deepEqual(await again(20), recheckAfter(5 * minuteMs))
    assert.equal(world.requests.reports, 2, 'once what is against it, once that its event is out')
  })

  it('is not over while a policy is against its machine, which may come up once that is changed', async () => {
    const world = requestWorld(aRequest())
    await world.reconcile()
    const failed = {
      ...aRunningMachine().status,
      phase: 'Failed',
      reason: 'PolicyViolation',
      message: 'too large',
    } as const
    machineIs(world, failed)
    await world.reconcile()
    assert.deepEqual([stand(world.status()), isHindered(world)], ['Accepted PolicyViolation', 'True'])
    machineIs(world, aRunningMachine().status)
    await world.reconcile()
    assert.deepEqual([stand(world.status()), isHindered(world)], ['Completed Running', 'False'])
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
