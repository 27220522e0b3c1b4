import assert from 'node:assert/strict'
import fc from 'fast-check'
import { delays } from '../../../../operator/infrastructure/kubernetes/delays.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

describe('delays', () => {
  const asked = fc.array(fc.record({ key: fc.integer({ min: 0, max: 20 }), delayMs: fc.integer({ min: 1, max: 50 }) }))

  it('run each key once, at the earliest time asked for, the soonest first', async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (all) => {
        const clock = fakeClock(0)
        const ran: { key: number; at: number }[] = []
        const later = delays<number>(clock, (key) => ran.push({ key, at: clock.now() }))
        const earliest = new Map<number, number>()
        for (const { key, delayMs } of all) {
          later.schedule(key, delayMs)
          earliest.set(key, Math.min(delayMs, earliest.get(key) ?? Infinity))
        }
        assert.ok(clock.timers <= 1)
        await clock.advance(100)
        const order = ran.map(({ at }) => at)
        assert.equal(ran.length, earliest.size)
        assert.deepEqual(new Map(ran.map(({ key, at }) => [key, at])), earliest)
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        )
      }),
    )
  })

  it('take a key again after it has run, and forget all when told to', async () => {
    const clock = fakeClock(0)
    const ran: string[] = []
    const later = delays<string>(clock, (key) => ran.push(key))
    later.schedule('a', 10)
    await clock.advance(10)
    later.schedule('a', 10)
    later.schedule('b', 5)
    await clock.advance(10)
    assert.deepEqual(ran, ['a', 'b', 'a'])
    later.schedule('c', 5)
    later.clear()
    await clock.advance(10)
    later.schedule('d', 5)
    await clock.advance(5)
    assert.deepEqual(ran, ['a', 'b', 'a', 'd'])
  })
})
