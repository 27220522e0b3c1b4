import assert from 'node:assert/strict'
import { type RequestLimitsParts, requestLimits } from '../../../../operator/application/gateway/request-limits.ts'
import { leastRecent } from '../../../../operator/infrastructure/kubernetes/least-recent.ts'
import { tokenBucket } from '../../../../operator/infrastructure/kubernetes/token-bucket.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

function someLimits(rates: RequestLimitsParts['rates'] = {}) {
  const clock = fakeClock()
  const steady = { now: () => clock.tick() as unknown as number, schedule: clock.schedule }
  const limits = requestLimits({
    rates,
    bucketOf: (rate) => tokenBucket(rate, steady),
    boundedMap: (most) => leastRecent(most),
  })
  const granted = (take: () => { readonly problem?: unknown }, times: number): number =>
    Array.from({ length: times }, take).filter(({ problem }) => problem === undefined).length
  return { clock, limits, granted }
}

describe('request limits', () => {
  it('grant each caller 50 writes and 500 reads a second, and two seconds of that at once', async () => {
    const { clock, limits, granted } = someLimits()
    const write = () => limits.ofCaller('ana', 'write')
    const read = () => limits.ofCaller('ana', 'read')
    assert.equal(granted(write, 500), 100)
    assert.equal(granted(read, 5_000), 1_000)
    await clock.advance(1_000)
    assert.equal(granted(write, 500), 50)
    assert.equal(granted(read, 5_000), 500)
    assert.equal(
      granted(() => limits.ofCaller('bob', 'write'), 500),
      100,
    )
  })

  it('let a call of many writes go beyond them once, and grant nothing until that is paid for', async () => {
    const { clock, limits, granted } = someLimits()
    const write = () => limits.ofCaller('ana', 'write')
    assert.equal(granted(write, 1), 1)
    assert.equal(limits.moreWrites('ana', 499), undefined)
    assert.deepEqual([limits.moreWrites('ana', 1)?.status, write().problem?.status], [429, 429])
    assert.equal(limits.moreWrites('bob', 499), undefined, 'each caller by itself')
    await clock.advance(7_900)
    assert.equal(granted(write, 1), 0)
    await clock.advance(200)
    assert.equal(granted(write, 1), 1)
  })

  it('tell what is left, and when all of it is there again', async () => {
    const { clock, limits, granted } = someLimits({ writesOfCaller: 2 })
    const write = () => limits.ofCaller('ana', 'write')
    assert.deepEqual(write(), { limit: 4, windowSeconds: 2, remaining: 3, resetSeconds: 1 })
    assert.equal(granted(write, 3), 3)
    const { problem, ...refused } = write()
    assert.deepEqual(refused, { limit: 4, windowSeconds: 2, remaining: 0, resetSeconds: 2 })
    assert.deepEqual([problem?.status, problem?.reason], [429, 'TooManyRequests'])
    assert.deepEqual(problem?.facts, {
      detail: 'More than 2 writes of this user a second: wait, or send fewer at once',
      retryAfterSeconds: 1,
    })
    await clock.advance(1_000)
    assert.equal(write().problem, undefined)
  })

  it('say how long to wait where one comes back slowly', () => {
    const { limits } = someLimits({ writesOfCaller: 0.1 })
    assert.equal(limits.ofCaller('ana', 'write').problem, undefined)
    assert.equal(limits.ofCaller('ana', 'write').problem?.facts.retryAfterSeconds, 10)
  })

  it('give nothing for a wall clock that is set', () => {
    const { clock, limits, granted } = someLimits()
    const write = () => limits.ofCaller('ana', 'write')
    assert.equal(granted(write, 101), 100)
    clock.jump(3_600_000)
    assert.equal(granted(write, 10), 0)
  })

  it('count all addresses of one host together, and hosts apart', () => {
    const { limits, granted } = someLimits({ ofAddress: 10 })
    const from = (address: string) => () => limits.ofAddress(address)
    assert.equal(granted(from('10.0.0.1'), 15), 15)
    assert.equal(granted(from('::ffff:10.0.0.1'), 15), 5)
    assert.equal(granted(from('10.0.0.2'), 30), 20)
    let next = 0
    const any = () => limits.ofAddress(`2001:db8:0:7::${(++next).toString(16)}`)
    assert.equal(granted(any, 30), 20)
    assert.equal(granted(from('2001:db8:0:8::1'), 30), 20)
  })

  it('remember the last 10,000 callers and forget the one that was silent for longest', () => {
    const { limits, granted } = someLimits()
    const write = () => limits.ofCaller('ana', 'write')
    granted(write, 100)
    for (let index = 0; index < 9_999; index += 1) limits.ofCaller(`caller-${index}`, 'write')
    assert.equal(granted(write, 1), 0)
    for (let index = 0; index < 10_000; index += 1) limits.ofCaller(`caller-${index}`, 'write')
    assert.equal(granted(write, 1), 1)
  })
})
