import assert from 'node:assert/strict'
import {
  type StoragePolicies,
  storageAsks,
  storageViolation,
  storageWants,
} from '../../../../operator/domain/storage/storage-terms.ts'

describe('what a storage takes of its pool', () => {
  it('is whole GiB of its disk, and iops only where it asks for some', () => {
    assert.deepEqual(storageWants({ size: '1025Mi' }), [{ resource: 'disk', unit: 'GiB', quantity: 2 }])
    assert.deepEqual(storageWants({ size: '1Ti', iops: 3_000 }), [
      { resource: 'disk', unit: 'GiB', quantity: 1_024 },
      { resource: 'iops', unit: 'IOPS', quantity: 3_000 },
    ])
    assert.equal(storageAsks({ size: '1Ti', iops: 3_000 }), '1Ti disk and 3000 IOPS')
    assert.equal(storageAsks({ size: '1Ti' }), '1Ti disk')
  })
})

describe('storageViolation', () => {
  const cases: readonly [policies: StoragePolicies, size: string, iops: number | undefined, want?: string][] = [
    [{}, '9999999Ti', 10_000_000],
    [{ maxSize: '1Ti' }, '1024Gi', undefined],
    [{ maxSize: '1Ti' }, '1025Gi', undefined, 'size 1025Gi is more than the 1Ti that a storage may have'],
    [{ maxIops: 500 }, '1Gi', 500],
    [{ maxIops: 500 }, '1Gi', undefined],
    [{ maxIops: 500 }, '1Gi', 501, 'iops 501 are more than the 500 that a storage may have'],
  ]
  for (const [policies, size, iops, want] of cases) {
    it(`${want ? 'names what is too much' : 'allows'} ${size} and ${iops ?? 'no'} iops under ${JSON.stringify(policies)}`, () => {
      assert.equal(storageViolation({ size, ...(iops !== undefined && { iops }) }, policies), want)
    })
  }
})
