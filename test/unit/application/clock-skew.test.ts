import assert from 'node:assert/strict'
import { tickOf } from '../../../operator/application/clock.ts'
import { clockSkew } from '../../../operator/application/clock-skew.ts'
import { tenOClock } from '../../fixtures/builders.ts'

describe('clockSkew', () => {
  const clock = { now: () => tenOClock, tick: () => tickOf(0) }
  const excessAt = (serverDate: number | undefined) => {
    const skew = clockSkew(clock)
    skew.observe(serverDate)
    return skew.excessMs()
  }

  it('lets clocks differ by five seconds, and by what a date without milliseconds hides', () => {
    for (const differenceMs of [0, 5_000, 6_000, -5_000]) assert.equal(excessAt(tenOClock - differenceMs), 0)
  })

  it('tells by how much a clock is too far off, before or behind', () => {
    assert.equal(excessAt(tenOClock - 6_001), 6_001)
    assert.equal(excessAt(tenOClock + 5_001), -5_001)
  })

  it('knows nothing of a server that sends no date, and forgets an excess when the clocks agree again', () => {
    assert.equal(excessAt(undefined), 0)
    const skew = clockSkew(clock)
    skew.observe(tenOClock - 60_000)
    skew.observe(tenOClock)
    assert.equal(skew.excessMs(), 0)
  })

  it('notices a clock that is set before any server says so, and trusts it again when one agrees', () => {
    let wall = tenOClock
    let counted = 0
    const skew = clockSkew({ now: () => wall, tick: () => tickOf(counted) })
    skew.observe(tenOClock)
    wall += 7_200_000
    assert.equal(skew.excessMs(), 7_200_000)
    counted += 7_200_000 // not set: so much time has passed
    assert.equal(skew.excessMs(), 0)
    wall -= 10_000
    assert.equal(skew.excessMs(), -10_000)
    skew.observe(wall)
    assert.equal(skew.excessMs(), 0)
  })

  it('tells how long ago an answer brought a date, by the clock that nobody can set', () => {
    let counted = 0
    const skew = clockSkew({ now: () => tenOClock, tick: () => tickOf(counted) })
    skew.observe(undefined)
    assert.equal(skew.sinceJudgedMs(), Infinity)
    skew.observe(tenOClock)
    counted += 3_000
    skew.observe(undefined)
    assert.equal(skew.sinceJudgedMs(), 3_000)
  })
})
