import assert from 'node:assert/strict'
import {
  oldestUnknownMs,
  rememberedRequests,
} from '../../../../operator/application/virtualization/remembered-requests.ts'

describe('rememberedRequests', () => {
  it('says up to which rate the requests that are kept reach back far enough', () => {
    const week = { keepFinishedMs: 604_800_000, keepFinishedMax: 60_480 }
    assert.deepEqual(rememberedRequests(week), { seconds: 604_800, requestsPerSecond: 0.1 })
    assert.equal(rememberedRequests({ ...week, keepFinishedMax: 0 }).requestsPerSecond, Number.POSITIVE_INFINITY)
    assert.equal(rememberedRequests({ ...week, keepFinishedMs: 0 }).requestsPerSecond, 0, 'some time it forgets one')
  })
  it('says that no rate is too high where a database remembers those that are gone', () => {
    const limits = { keepFinishedMs: 604_800_000, keepFinishedMax: 60_480 }
    const wanted = { seconds: 8_640_000, requestsPerSecond: Number.POSITIVE_INFINITY }
    assert.deepEqual(rememberedRequests(limits, 8_640_000_000), wanted)
  })
})

describe('oldestUnknownMs', () => {
  it('is how long requests are kept, and where these go by their number alone, how long rows are', () => {
    const number = { keepFinishedMs: 0, keepFinishedMax: 5 }
    const age = { keepFinishedMs: 7, keepFinishedMax: 5 }
    const ages = [oldestUnknownMs(age), oldestUnknownMs(age, 9), oldestUnknownMs(number, 9), oldestUnknownMs(number)]
    assert.deepEqual(ages, [7, 7, 9, 0])
  })
})
