import assert from 'node:assert/strict'
import { unfinishedRequests } from '../../../../operator/application/virtualization/unfinished-requests.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { counting } from './counting.ts'

describe('unfinishedRequests of several members', () => {
  /** All see the same objects, each when it counts. */
  function aGroup(size: number, most: number, members: () => number | undefined = () => size) {
    const clock = fakeClock()
    const there = new Map<string, number>()
    const all = Array.from({ length: size }, () => {
      const one = unfinishedRequests({
        count: async () => ({ counts: new Map(there), failed: new Map() }),
        ...{ most, members, clock, onTrouble: () => undefined },
      })
      one.start()
      return one
    })
    const total = () => [...there.values()].reduce((sum, count) => sum + count, 0)
    /** As many as this member lets through. */
    function fill(member: number, namespace: string): number {
      let begun = 0
      for (; all[member]?.full(namespace) === undefined; begun += 1) {
        const over = all[member]?.beginning(namespace)
        there.set(namespace, (there.get(namespace) ?? 0) + 1)
        over?.(true)
      }
      return begun
    }
    return { clock, there, all, total, fill }
  }

  for (const size of [2, 3, 10]) {
    it(`stay within the bound together, though none of ${size} sees what others begin between two counts`, async () => {
      const { clock, total, fill } = aGroup(size, 1_000)
      await clock.settle()
      for (let second = 0; second < 60; second += 1) {
        for (let member = 0; member < size; member += 1)
          for (const namespace of ['one', 'two', 'three', `later-${second}`]) fill(member, namespace)
        assert.ok(total() <= 1_000 + size, `${total()} after ${second} s`)
        await clock.advance(1_000)
      }
      assert.ok(total() >= 1_000 - size, `${total()}: the bound is reached, all the same`)
    })

    it(`leave room for others together, however many one namespace asks ${size} of them for`, async () => {
      const { clock, there, fill } = aGroup(size, 1_000)
      await clock.settle()
      for (let second = 0; second < 60; second += 1) {
        for (let member = 0; member < size; member += 1) fill(member, 'flood')
        await clock.advance(1_000)
      }
      const flood = there.get('flood') ?? 0
      assert.ok(flood <= 500 + 2 * size && flood >= 500 - size, String(flood))
    })
  }

  it('stay within it though one of them begins late what it might have begun before', async () => {
    const { clock, total, fill } = aGroup(2, 1_000)
    await clock.settle()
    for (let second = 0; second < 4; second += 1) {
      for (const namespace of ['one', 'two', 'three']) fill(0, namespace)
      await clock.advance(1_000)
    }
    for (const namespace of ['four', 'five', 'six']) fill(1, namespace)
    assert.ok(total() <= 1_000 + 20, String(total()))
  })

  it('begin one at most by what a member knew long ago, until it has counted again', async () => {
    const { clock, all, there, total, fill } = aGroup(2, 1_000)
    await clock.settle()
    await clock.advance(30_000)
    there.set('others', 999)
    assert.equal(fill(0, 'one'), 1)
    assert.equal(all[0]?.full('one')?.retryAfterMs, 1_000)
    await clock.settle()
    assert.equal(fill(0, 'one'), 0)
    assert.equal(total(), 1_000)
  })

  it('begin less at once while nobody says how many they are', async () => {
    const { clock, fill } = aGroup(1, 1_000, () => undefined)
    await clock.settle()
    assert.ok(fill(0, 'one') < 100)
  })

  it('keep the place of one that is being made, and give it to others where it was not', async () => {
    const { clock, unfinished, begun } = counting([{}], 4)
    await clock.settle()
    begun('one')
    const over = unfinished.beginning('one')
    assert.ok(unfinished.full('one'), 'another one is being made')
    over(false)
    assert.equal(unfinished.full('one'), undefined)
  })

  it('ask a server that refuses to count them once a second, however many messages find no room', async () => {
    const { clock, unfinished, begun, lists } = counting([{}, new Error('away')], 20, new Map(), () => 2)
    await clock.settle()
    for (let one = 0; one < 3; one += 1) begun('desk')
    await clock.advance(1_000)
    const before = lists()
    for (let message = 0; message < 50; message += 1) {
      assert.equal(unfinished.full('desk')?.whose, 'namespace')
      await clock.settle()
    }
    assert.equal(lists(), before + 1)
  })

  it('count soon also for a namespace that has begun nothing itself', async () => {
    const { clock, unfinished, begun, lists } = counting([{}], 20, new Map(), () => 2)
    await clock.settle()
    for (let one = 0; one < 5; one += 1) begun('desk')
    await clock.advance(1_000)
    const before = lists()
    assert.equal(unfinished.full('shop')?.retryAfterMs, 1_000)
    await clock.settle()
    assert.equal(lists(), before + 1)
    assert.equal(unfinished.full('shop'), undefined)
  })

  it('reckon with what one has begun that went since, until they are counted again', async () => {
    let size = 2
    const { clock, all, total, fill, there } = aGroup(2, 1_000, () => size)
    await clock.settle()
    for (const namespace of ['one', 'two', 'three']) fill(1, namespace)
    const others = total()
    assert.ok(others > 100)
    size = 1
    for (const namespace of ['four', 'five', 'six', 'seven', 'eight', 'nine']) fill(0, namespace)
    assert.ok(total() <= 1_000, String(total()))
    there.clear()
    await clock.advance(5_000)
    assert.equal(all[0]?.full('one'), undefined)
    assert.equal(fill(0, 'one'), 500)
  })
})
