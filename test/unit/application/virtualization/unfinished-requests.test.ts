import assert from 'node:assert/strict'
import { counting } from './counting.ts'

describe('unfinishedRequests', () => {
  it('lets nothing begin before all are counted', async () => {
    const { clock, unfinished, troubles } = counting([new Error('away'), { desk: 3 }])
    await clock.settle()
    assert.match(unfinished.full('desk')?.reason ?? '', /can't be told yet/)
    assert.equal(unfinished.notReady(), 'away')
    assert.equal(troubles.length, 1)
    await clock.advance(5_000)
    assert.deepEqual([unfinished.full('desk'), unfinished.notReady()], [undefined, undefined])
  })

  it('leaves out a namespace that can not be counted, which is in nobody else’s way, until it can', async () => {
    const failed = new Map([['gone', 'forbidden']])
    const { clock, unfinished, begun, troubles } = counting([{ desk: 3 }], 20, failed)
    await clock.settle()
    assert.match(unfinished.full('gone')?.reason ?? '', /namespace gone has can't be told: forbidden/)
    assert.equal(unfinished.full('gone')?.whose, 'namespace')
    assert.deepEqual([unfinished.full('desk'), unfinished.notReady()], [undefined, undefined])
    assert.equal(troubles.length, 1)
    for (let one = 0; one < 5; one += 1) begun('desk')
    await clock.advance(5_000)
    assert.equal(unfinished.full('desk'), undefined, 'those of before are counted')
    failed.clear()
    await clock.advance(5_000)
    assert.equal(unfinished.full('gone'), undefined)
  })

  it('leaves room for the ends of others, however many one namespace asks for', async () => {
    const { clock, unfinished, begun } = counting([{}], 1_000)
    await clock.settle()
    let ends = 0
    for (; unfinished.full('flood', true) === undefined; ends += 1) begun('flood')
    assert.equal(ends, 550)
    assert.equal(unfinished.full('desk'), undefined)
    assert.equal(unfinished.full('desk', true), undefined)
  })

  it('counts what was begun since as unfinished, until all are counted again', async () => {
    const { clock, unfinished, begun } = counting([{ desk: 8 }, { desk: 9 }])
    await clock.settle()
    begun('desk')
    assert.equal(unfinished.full('desk'), undefined)
    begun('desk')
    assert.deepEqual(unfinished.full('desk'), {
      ...{ whose: 'namespace' },
      reason: 'namespace desk has 10 requests that are not over yet; of 20, 10 are left for others',
    })
    await clock.advance(5_000)
    assert.equal(unfinished.full('desk'), undefined)
  })

  it('leaves room for others, however many one namespace asks for, and is full with all of them', async () => {
    const { clock, unfinished, begun } = counting([{}], 1_000)
    await clock.settle()
    const filled = (namespace: string) => {
      let filled = 0
      for (; unfinished.full(namespace) === undefined; filled += 1) begun(namespace)
      return filled
    }
    assert.deepEqual(['one', 'two', 'three'].map(filled), [500, 250, 125])
    for (let index = 0; unfinished.full(`later-${index}`)?.whose !== 'all'; index += 1) {
      assert.ok(filled(`later-${index}`) > 0)
    }
    assert.match(unfinished.full('one')?.reason ?? '', /1000 requests are not over yet, and at most 1000 may be begun/)
    assert.equal(unfinished.full('one', true), undefined, 'what ends something makes room')
  })

  it('goes by the last count while none comes', async () => {
    const { clock, unfinished } = counting([{ desk: 10 }, new Error('away')])
    await clock.settle()
    await clock.advance(20_000)
    assert.ok(unfinished.full('desk'))
    assert.equal(unfinished.notReady(), undefined)
  })

  it('asks seldom while no message comes, and at once when one does', async () => {
    const { clock, unfinished, lists } = counting([{ desk: 1 }])
    await clock.settle()
    await clock.advance(55_000)
    assert.equal(lists(), 1)
    unfinished.full('desk')
    unfinished.full('desk')
    await clock.settle()
    assert.equal(lists(), 2)
    await clock.advance(5_000)
    assert.equal(lists(), 3, 'one was asked for since')
    await clock.advance(70_000)
    assert.equal(lists(), 4)
  })

  it('asks within seconds while somebody waits for an answer, though nothing is begun', async () => {
    const { clock, unfinished, lists } = counting([{}])
    await clock.advance(1_000)
    const before = lists()
    for (let second = 0; second < 20; second += 1) {
      unfinished.wanted()
      await clock.advance(1_000)
    }
    assert.equal(lists(), before + 4)
  })

  it('asks no more once it is stopped', async () => {
    const { clock, unfinished } = counting([{ desk: 1 }])
    await clock.settle()
    unfinished.stop()
    assert.equal(clock.timers, 0)
  })
})
