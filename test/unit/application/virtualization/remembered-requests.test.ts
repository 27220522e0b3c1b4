import assert from 'node:assert/strict'
import { rememberedRequests } from '../../../../operator/application/virtualization/remembered-requests.ts'

describe('rememberedRequests', () => {
  it('says up to which rate the requests that are kept reach back far enough', () => {
    const week = { keepFinishedMs: 604_800_000, keepFinishedMax: 60_480 }
    assert.deepEqual(rememberedRequests(week), { seconds: 604_800, requestsPerSecond: 0.1 })
    assert.equal(rememberedRequests({ ...week, keepFinishedMax: 0 }).requestsPerSecond, Number.POSITIVE_INFINITY)
    assert.equal(rememberedRequests({ ...week, keepFinishedMs: 0 }).requestsPerSecond, 0, 'some time it forgets one')
  })
})
