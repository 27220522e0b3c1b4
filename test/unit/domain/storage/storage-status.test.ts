import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { StorageStatus } from '../../../../operator/domain/storage/storage.ts'
import type { StorageSituation } from '../../../../operator/domain/storage/storage-outlook.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import {
  afterStorageSituations,
  allocated,
  allocating,
  aStorage,
  lost,
  refusedStorage,
  saidOf,
  storageChild,
  storageFacts,
  storageRef,
  waitingForUser,
  withStorageCapacity,
} from '../../../fixtures/storage-builders.ts'

const conditionsIn = ({ conditions }: StorageStatus) =>
  Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]))
const stepsIn = ({ history }: StorageStatus) =>
  history.map(({ operation, status }) => (status === 'Failed' ? `${operation} Failed` : operation))

describe('storageStatusAfter', () => {
  it('tells the way of a storage to its volume, step by step', () => {
    const { status } = afterStorageSituations(
      aStorage(),
      [{ kind: 'reserving', reason: 'WaitingForCapacity', message: '20 of east-disk are missing' }, storageFacts()],
      [saidOf(allocating), withStorageCapacity({ at: afterTen(1) })],
      [saidOf(allocated), withStorageCapacity({ at: afterTen(3) })],
    )
    assert.deepEqual([status.phase, status.reason], ['Allocated', 'Allocated'])
    assert.equal(status.storageId, 'STOR-64DE90EF')
    assert.equal(status.message, `${storageChild} has volume pv-1`)
    assert.deepEqual([status.volume, status.providerRef, status.reservation], ['pv-1', storageRef, storageChild])
    assert.equal(status.allocatedAt, afterTen(3))
    assert.equal('allocatingSince' in status, false)
    assert.deepEqual(status.cost, [{ hourly: '0.02', currency: 'USD' }])
    assert.deepEqual(stepsIn(status), ['Request', 'Reserve', 'Provision', 'Allocate'])
    assert.deepEqual(conditionsIn(status), {
      CapacityReserved: 'True Reserved',
      Provisioned: 'True Provisioned',
      Ready: 'True Allocated',
    })
  })

  it('counts one whose volume comes with its first user as allocated, and tells no second step when it comes', () => {
    const first = afterStorageSituations(aStorage(), [saidOf(waitingForUser), withStorageCapacity()])
    assert.deepEqual([first.status.phase, first.status.reason], ['Allocated', 'WaitingForFirstConsumer'])
    assert.equal(conditionsIn(first.status)['Ready'], 'True WaitingForFirstConsumer')
    assert.equal('volume' in first.status, false)
    const then = afterStorageSituations(first, [saidOf(allocated), withStorageCapacity({ at: afterTen(60) })])
    assert.deepEqual(stepsIn(then.status), ['Request', 'Reserve', 'Provision', 'Allocate'])
    assert.deepEqual([then.status.volume, then.status.allocatedAt], ['pv-1', afterTen(0)])
  })

  it('gives a storage up whose volume is gone, and says that its provider has nothing of it', () => {
    const { status } = afterStorageSituations(
      aStorage(),
      [saidOf(allocated), withStorageCapacity()],
      [saidOf(lost), withStorageCapacity({ at: afterTen(9) })],
    )
    assert.deepEqual([status.phase, status.reason, status.message], ['Failed', 'StorageLost', 'the volume is gone'])
    assert.deepEqual(conditionsIn(status), {
      CapacityReserved: 'True Reserved',
      Provisioned: 'False StorageLost',
      Ready: 'False StorageLost',
    })
    assert.deepEqual(stepsIn(status).slice(-1), ['Fail Failed'])
    assert.equal('providerRef' in status, false)
  })

  it('tries again what was refused, ever later, and fails in the end', () => {
    const refusals = [0, 1, 2].map(
      (second) => [saidOf(refusedStorage), withStorageCapacity({ at: afterTen(second) })] as const,
    )
    const { status } = afterStorageSituations(aStorage(), ...refusals.slice(0, 1))
    assert.deepEqual([status.phase, status.reason, status.tries], ['Allocating', 'ProviderFailed', 1])
    assert.equal(status.nextTryAt, afterTen(1))
    const last = afterStorageSituations(aStorage(), ...refusals).status
    assert.deepEqual([last.phase, last.tries, 'nextTryAt' in last], ['Failed', 3, false])
    assert.match(last.message, /refused it 3 times, at last with: no room/)
  })

  it('keeps what it had while nobody can say how it is, but is not ready', () => {
    const unsure = { kind: 'unsure', reason: 'ProviderUnavailable', message: 'not seen' } as const
    const { status } = afterStorageSituations(
      aStorage(),
      [saidOf(allocated), withStorageCapacity()],
      [unsure, withStorageCapacity({ at: afterTen(5) })],
    )
    assert.deepEqual([status.phase, status.volume, status.allocatedAt], ['Allocated', 'pv-1', afterTen(0)])
    assert.equal(conditionsIn(status)['Ready'], 'False ProviderUnavailable')
    assert.equal(conditionsIn(status)['Provisioned'], 'True Provisioned')
  })

  it('numbers every step once, whatever happens, and never lets its conditions contradict its phase', () => {
    const situations: fc.Arbitrary<StorageSituation> = fc.constantFrom<StorageSituation>(
      ...[allocating, allocated, waitingForUser, lost, refusedStorage].map(saidOf),
      { kind: 'blocked', reason: 'ClassUnknown', message: 'no such class' },
      { kind: 'reserving', reason: 'Reserving', message: 'asks' },
      { kind: 'failed', reason: 'CapacityLost', message: 'lost' },
      { kind: 'leaving', reason: 'AwaitsProvider', message: 'waits' },
      { kind: 'left' },
    )
    fc.assert(
      fc.property(fc.array(situations, { maxLength: 30 }), (path) => {
        let storage = aStorage()
        for (const [index, situation] of path.entries()) {
          const before = storage.status?.steps ?? 0
          const facts = { at: afterTen(index), published: before }
          const told = situation.kind === 'provided' ? withStorageCapacity(facts) : storageFacts(facts)
          storage = afterStorageSituations(storage, [situation, told])
          const { steps, history, phase, conditions } = storage.status as StorageStatus
          assert.ok(steps >= before && history.length === Math.min(16, steps))
          const ready = conditions.find(({ type }) => type === 'Ready')?.status
          assert.equal(ready, phase === 'Allocated' ? 'True' : 'False')
        }
      }),
    )
  })
})
