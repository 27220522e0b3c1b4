import assert from 'node:assert/strict'
import type { Admin } from 'kafkajs'
import { memberOffsets, nextOf } from '../../../../../operator/infrastructure/kafka/consumer/group-offsets.ts'

describe('nextOf', () => {
  const cases: [what: string, committed: bigint, want: bigint][] = [
    ['is what is not committed yet', 7n, 7n],
    ['is beyond the last one where all are done', 9n, 9n],
    ['is the first one where nothing was committed', -1n, 3n],
    ['is the first one where what was committed is gone', 2n, 3n],
    ['is the first one where the log was cut, and is shorter than what was done of it', 40n, 3n],
  ]
  for (const [what, committed, want] of cases)
    it(what, () => assert.equal(nextOf({ low: 3n, high: 9n, committed }), want))
})

describe('memberOffsets', () => {
  it('asks the brokers also for a member without partitions: nobody else would tell that they are away', async () => {
    const admin = { fetchOffsets: () => Promise.reject(new Error('no broker is there')) } as unknown as Admin
    await assert.rejects(memberOffsets(admin, { group: 'g', topics: ['t'] }, []), /no broker is there/)
  })
})
