import assert from 'node:assert/strict'
import { pressure } from '../../../../operator/application/gateway/pressure.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'

const SECOND = 1_000

describe('pressure', () => {
  /** Pressure whose readings come one a second, and 0 after them. */
  const reading = (clock: FakeClock, readings: readonly number[], mostDelayMs = 500) => {
    const left = [...readings]
    return pressure({ clock, mostDelayMs, readDelayMs: () => left.shift() ?? 0 })
  }

  it('lets everybody in before it knows anything, and up to the bound', async () => {
    const clock = fakeClock()
    const subject = reading(clock, [0, 499.9, 500])
    for (let second = 0; second < 4; second += 1) {
      assert.equal(subject.problem, undefined)
      await clock.advance(SECOND)
    }
  })

  it('lets nobody in beyond it, says so, and lets them in again with the next good reading', async () => {
    const clock = fakeClock()
    const subject = reading(clock, [730.4, 501, 12])
    await clock.advance(SECOND)
    const { status, reason, facts } = subject.problem ?? {}
    assert.deepEqual([status, reason], [503, 'Overloaded'])
    assert.equal(facts?.detail, 'All that is done here begins 730 ms too late on average; nothing was done.')
    await clock.advance(SECOND)
    assert.equal(subject.problem?.status, 503)
    await clock.advance(SECOND)
    assert.equal(subject.problem, undefined)
  })

  it('bears anything where that is wanted', async () => {
    const clock = fakeClock()
    const subject = reading(clock, [60_000], 0)
    await clock.advance(SECOND)
    assert.equal(subject.problem, undefined)
  })

  it('leaves nothing behind when it ends', async () => {
    const clock = fakeClock()
    const subject = reading(clock, [1])
    await clock.advance(SECOND)
    subject.stop()
    assert.equal(clock.timers, 0)
  })
})
