import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Machine, MachineStatus } from '../../../../operator/domain/machine/machine.ts'
import { requestReasonNames } from '../../../../operator/domain/virtualization/request-reasons.ts'
import type { Requested, RequestedKind } from '../../../../operator/domain/virtualization/requested.ts'
import { type Situation, standingOf } from '../../../../operator/domain/virtualization/standing.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { aMachine, aRunningMachine, machineUid } from '../../../fixtures/machine-builders.ts'
import { aNetwork } from '../../../fixtures/network-builders.ts'
import { afterSituations, aRequest, withMachine } from '../../../fixtures/request-builders.ts'
import { aStorage } from '../../../fixtures/storage-builders.ts'

const machineIn = (phase: MachineStatus['phase'], reason: string): Machine => {
  const { status } = aRunningMachine()
  return aMachine({ status: { ...status, phase, reason, message: `it is ${phase}` } })
}
const resource = { kind: 'VirtualMachine', name: 'web-1', id: 'VM-0909A693', uid: machineUid } as const

describe('standingOf', () => {
  const stands: readonly [machine: Machine, want: string][] = [
    [aMachine(), 'Accepted ResourceCreated'],
    [machineIn('Pending', 'PoolMissing'), 'Accepted PoolMissing'],
    [machineIn('Reserving', 'WaitingForCapacity'), 'Accepted WaitingForCapacity'],
    [machineIn('Provisioning', 'ProviderFailed'), 'Working ProviderFailed'],
    [machineIn('Running', 'Running'), 'Completed Running'],
    [machineIn('Stopped', 'Halted'), 'Completed Halted'],
    [machineIn('Failed', 'PolicyViolation'), 'Accepted PolicyViolation'], // which may be changed
    [machineIn('Failed', 'LimitPerConsumer'), 'Failed LimitPerConsumer'],
    [machineIn('Deleting', 'Deleting'), 'Failed ResourceGone'],
    [{ ...machineIn('Running', 'Running'), deletingSince: afterTen(9) }, 'Failed ResourceGone'],
    [machineIn('Failed', 'OfALaterVersion'), 'Failed ResourceFailed'],
    [machineIn('Pending', 'OfALaterVersion'), 'Accepted ResourceCreated'],
  ]
  for (const [machine, want] of stands)
    it(`is ${want} for a machine that is ${machine.status?.phase ?? 'new'} ${machine.status?.reason ?? ''}`, () => {
      const { phase, reason, resource: told } = standingOf(withMachine(machine))
      assert.equal(`${phase} ${reason}`, want)
      assert.deepEqual(told, resource)
    })

  const of = (kind: RequestedKind, phase: string, reason: string, more: object = {}): Situation => {
    const status = { ...aRunningMachine().status, phase, reason, message: `it is ${phase}` }
    const resource = { ...(kind === 'VirtualStorage' ? aStorage() : aNetwork()), kind, status, ...more }
    return { kind: 'made', resource: resource as unknown as Requested }
  }
  const others: readonly [RequestedKind, phase: string, reason: string, want: string, hindered?: true][] = [
    ['VirtualStorage', 'Pending', 'ClassUnknown', 'Accepted ClassUnknown', true],
    ['VirtualStorage', 'Reserving', 'WaitingForCapacity', 'Accepted WaitingForCapacity'],
    ['VirtualStorage', 'Allocating', 'Allocating', 'Working Allocating'],
    ['VirtualStorage', 'Allocated', 'WaitingForFirstConsumer', 'Completed WaitingForFirstConsumer'],
    ['VirtualStorage', 'Allocated', 'Allocated', 'Completed Allocated'],
    ['VirtualStorage', 'Failed', 'StorageLost', 'Failed StorageLost'],
    ['VirtualStorage', 'Failed', 'PolicyViolation', 'Accepted PolicyViolation', true],
    ['VirtualStorage', 'Thawing', 'Thawing', 'Accepted ResourceCreated'], // of a later version
    ['VirtualNetwork', 'Pending', 'FabricUnknown', 'Accepted FabricUnknown', true],
    ['VirtualNetwork', 'Pending', 'Claimed', 'Working Claimed'],
    ['VirtualNetwork', 'Active', 'Active', 'Completed Active'],
    ['VirtualNetwork', 'Failed', 'VlanTaken', 'Accepted VlanTaken', true], // until the other one goes
    ['VirtualNetwork', 'Failed', 'CidrTaken', 'Accepted CidrTaken', true],
    ['VirtualNetwork', 'Failed', 'OutOfRange', 'Accepted OutOfRange', true],
    ['VirtualNetwork', 'Failed', 'FabricNotShared', 'Accepted FabricNotShared', true],
    ['VirtualNetwork', 'Failed', 'CidrInvalid', 'Failed CidrInvalid'],
    ['VirtualNetwork', 'Failed', 'ProviderFailed', 'Failed ProviderFailed'],
    ['VirtualNetwork', 'Deleting', 'Deleting', 'Failed ResourceGone'],
  ]
  for (const [kind, phase, reason, want, hindered = false] of others)
    it(`is ${want}${hindered ? ', and hindered,' : ''} for a ${kind} that is ${phase} ${reason}`, () => {
      const stands = standingOf(of(kind, phase, reason))
      assert.equal(`${stands.phase} ${stands.reason}`, want)
      assert.equal(stands.hindered, hindered)
      assert.equal(stands.resource?.kind, kind)
      assert.match(stands.resource?.id ?? '', kind === 'VirtualStorage' ? /^STOR-64DE90EF$/ : /^NET-7AE8FF2D$/)
      assert.equal(stands.endpoints, undefined)
    })

  it('is hindered by what somebody has to change, and by nothing that passes', () => {
    const isHindered = (situation: Situation) => standingOf(situation).hindered
    for (const [phase, reason] of [['Pending', 'PoolMissing'] as const, ['Failed', 'PolicyViolation'] as const])
      assert.equal(isHindered(withMachine(machineIn(phase, reason))), true, reason)
    for (const phase of ['Reserving', 'Provisioning', 'Running', 'Stopped', 'Failed'] as const)
      assert.equal(isHindered(withMachine(machineIn(phase, 'NeverFits'))), false, phase)
    assert.equal(isHindered(withMachine({ ...machineIn('Pending', 'PoolMissing'), deletingSince: afterTen(9) })), false)
    assert.equal(isHindered({ kind: 'hindered', message: 'no' }), true)
    assert.equal(isHindered({ kind: 'kept', resource, message: 'no' }), true)
    assert.equal(isHindered({ kind: 'awaited', message: 'no' }), false)
  })

  it('says a place in line only of one that waits, and an estimate only of one that boots', () => {
    const more = { position: 3, bootSeconds: 2.1 }
    const waits = standingOf(withMachine(machineIn('Reserving', 'WaitingForCapacity'), more))
    assert.deepEqual([waits.queuePosition, waits.estimatedSeconds], [3, undefined])
    const boots = standingOf(withMachine(machineIn('Provisioning', 'Starting'), more))
    assert.deepEqual([boots.queuePosition, boots.estimatedSeconds], [undefined, 3])
    const runs = standingOf(withMachine(machineIn('Running', 'Running'), more))
    assert.deepEqual([runs.queuePosition, runs.estimatedSeconds], [undefined, undefined])
  })
})

describe('requestStatusAfter', () => {
  it('has a step for the beginning and one for the end, after those that others have taken', () => {
    const step = { service: 'shop', operation: 'Send', status: 'Succeeded', at: afterTen(-9) }
    const request = aRequest({ spec: { processingHistory: [step] } })
    const { status } = afterSituations(
      request,
      withMachine(aMachine()),
      withMachine(aMachine()),
      withMachine(aRunningMachine()),
    )
    assert.deepEqual(
      status.history.map(({ operation, at }) => `${operation} ${at}`),
      [`Send ${afterTen(-9)}`, `Request ${afterTen(0)}`, `Complete ${afterTen(2)}`],
    )
    assert.equal(status.steps, 2)
    assert.deepEqual([status.startedAt, status.completedAt], [afterTen(0), afterTen(2)])
  })

  it('keeps the first resource, also when it is gone at the end', () => {
    const gone: Situation = { kind: 'failed', reason: 'ResourceGone', message: 'gone' }
    const { status } = afterSituations(aRequest(), withMachine(aMachine()), gone)
    assert.deepEqual([status.phase, status.resource, status.startedAt], ['Failed', resource, afterTen(0)])
  })

  it('has all conditions from the first status on, and moves their time only when they change', () => {
    const hindered: Situation = { kind: 'hindered', message: 'no' }
    const { status } = afterSituations(aRequest(), hindered, hindered, withMachine(aMachine()))
    assert.deepEqual(
      status.conditions.map(({ type, status: is, lastTransitionTime }) => [type, is, lastTransitionTime]),
      [
        ['Accepted', 'True', '2026-11-22T10:00:02Z'],
        ['Hindered', 'False', '2026-11-22T10:00:02Z'],
        ['Completed', 'False', '2026-11-22T10:00:00Z'],
        ['Finished', 'False', '2026-11-22T10:00:00Z'],
      ],
    )
  })

  it('cuts a message that nobody would read to its end', () => {
    const { status } = afterSituations(aRequest(), { kind: 'hindered', message: 'x'.repeat(40_000) })
    assert.equal(status.message.length, 1_025)
    assert.ok(status.conditions.every(({ message }) => message === status.message))
  })
})

describe('the reasons of requests', () => {
  it('are those that the schema takes, so that each can be told', () => {
    const crd = parse(readFileSync(join(import.meta.dirname, '../../../../crds/vrequests.kbnt.io.yaml'), 'utf8'))
    const { status } = crd.spec.versions[0].schema.openAPIV3Schema.properties
    assert.deepEqual(status.properties.reason.enum, requestReasonNames)
  })
})
