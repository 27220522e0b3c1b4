import assert from 'node:assert/strict'
import { nextTries } from '../../../../operator/application/resource/next-tries.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { afterTen, tenOClock } from '../../../fixtures/builders.ts'
import {
  afterSituations,
  aMachine,
  providedBy,
  refused,
  running,
  someFacts,
} from '../../../fixtures/machine-builders.ts'

const DAY_MS = 86_400_000
const tenTries = { maxTries: 20 }
/** Refused so many times, the last time at `at`. */
const refusedTimes = (times: number, at = afterTen(0)) =>
  afterSituations(
    aMachine(),
    ...Array.from({ length: times }, () => [providedBy(refused()), someFacts({ ...tenTries, at })] as const),
  )
const tomorrow = new Date(tenOClock + DAY_MS).toISOString()

describe('nextTries', () => {
  it('has a machine wait that was refused, and no other', async () => {
    const clock = fakeClock()
    const tries = nextTries(clock)
    assert.equal(tries.waitMs(aMachine()), 0)
    assert.equal(tries.waitMs(refusedTimes(3)), 4_000)
    await clock.advance(3_999)
    assert.equal(tries.waitMs(refusedTimes(3)), 1)
    await clock.advance(60_000)
    assert.equal(tries.waitMs(refusedTimes(3)), 0)
    assert.equal(tries.waitMs(refusedTimes(4, afterTen(60))), 4_001)
  })

  it('counts from the first look, whatever is done to the wall clock', async () => {
    for (const jumpMs of [-DAY_MS, DAY_MS]) {
      const clock = fakeClock()
      const tries = nextTries(clock)
      tries.waitMs(refusedTimes(3))
      clock.jump(jumpMs)
      await clock.advance(1_000)
      assert.equal(tries.waitMs(refusedTimes(3)), 3_000)
    }
  })

  for (const [times, want] of [
    [1, 1_000],
    [3, 4_000],
    [15, 300_000],
  ] as const) {
    it(`takes a time from tomorrow for ${want} ms after ${times} refusals, and comes to its end`, async () => {
      const clock = fakeClock()
      const tries = nextTries(clock)
      assert.equal(tries.waitMs(refusedTimes(times, tomorrow)), want)
      await clock.advance(want)
      assert.equal(tries.waitMs(refusedTimes(times, tomorrow)), 0)
    })
  }

  it('takes a time that tells no tries for the longest wait at most', () => {
    const { tries: _, ...status } = refusedTimes(1, tomorrow).status
    assert.equal(nextTries(fakeClock()).waitMs(aMachine({ status })), 300_000)
  })

  it('knows nothing any more of a machine that went on, or is gone', () => {
    for (const forget of [
      (tries: ReturnType<typeof nextTries>) => tries.forget(aMachine().uid),
      (tries: ReturnType<typeof nextTries>) =>
        void tries.waitMs(afterSituations(refusedTimes(1), [providedBy(running()), someFacts()])),
    ]) {
      const clock = fakeClock()
      const tries = nextTries(clock)
      tries.waitMs(refusedTimes(3))
      clock.jump(3_000)
      forget(tries)
      assert.equal(tries.waitMs(refusedTimes(3)), 1_000)
    }
  })
})
