import assert from 'node:assert/strict'
import { tickOf } from '../../../operator/application/clock.ts'
import { sharedClock } from '../../../operator/application/shared-clock.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

const HOUR = 3_600_000

describe('sharedClock', () => {
  function site() {
    const clock = fakeClock()
    const apart: number[] = []
    const shared = sharedClock({ clock, onApart: (ms) => apart.push(ms) })
    return { clock, apart, shared }
  }

  it('tells the time of the server, however wrong its own clock is and whatever it is set to', async () => {
    const { clock, shared } = site()
    const right = clock.now() - HOUR
    assert.ok(!shared.isKnown())
    shared.observe(right)
    assert.ok(shared.isKnown())
    assert.equal(shared.now(), right)
    await clock.advance(30_000)
    assert.equal(shared.now(), right + 30_000)
    clock.jump(-3 * HOUR)
    assert.equal(shared.now(), right + 30_000)
    shared.observe(right + 31_000)
    assert.equal(shared.now(), right + 31_000)
  })

  it('tells whole milliseconds, as clocks do', () => {
    let steady = 0.25
    const clock = { ...fakeClock(), now: () => 5_000, tick: () => tickOf(steady) }
    const shared = sharedClock({ clock, onApart: () => undefined })
    shared.observe(3_000)
    steady = 1.5
    assert.equal(shared.now(), 3_001)
  })

  it('is its own where a server tells no time', () => {
    const { clock, shared } = site()
    shared.observe(undefined)
    assert.ok(shared.isKnown())
    assert.equal(shared.now(), clock.now())
  })

  it('says once that the clocks are apart, and once that they agree again', () => {
    const { clock, apart, shared } = site()
    for (const aheadMs of [0, HOUR, HOUR, 0, -HOUR, 0, 0]) shared.observe(clock.now() - aheadMs)
    assert.deepEqual(apart, [HOUR, 0, -HOUR, 0])
  })
})
