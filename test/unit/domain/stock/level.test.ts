import assert from 'node:assert/strict'
import { type Level, levelAt } from '../../../../operator/domain/stock/level.ts'

const both = { low: 100, critical: 10 }

const cases: readonly [{ low?: number; critical?: number }, Level, number, Level][] = [
  // going down
  [both, 'Normal', 101, 'Normal'],
  [both, 'Normal', 100, 'Low'],
  [both, 'Normal', 11, 'Low'],
  [both, 'Normal', 10, 'Critical'],
  [both, 'Low', 10, 'Critical'],
  [both, 'Normal', 1, 'Critical'],
  [both, 'Normal', 0, 'Exhausted'],
  [both, 'Critical', 0, 'Exhausted'],
  [both, 'Normal', -1, 'Exhausted'],
  // going up again: ten percent above the threshold, and at least one unit
  [both, 'Low', 101, 'Low'],
  [both, 'Low', 109, 'Low'],
  [both, 'Low', 110, 'Normal'],
  [both, 'Critical', 10, 'Critical'],
  [both, 'Critical', 11, 'Low'],
  [both, 'Critical', 109, 'Low'],
  [both, 'Critical', 110, 'Normal'],
  [both, 'Exhausted', 1, 'Critical'],
  [both, 'Exhausted', 11, 'Low'],
  [both, 'Exhausted', 109, 'Low'],
  [both, 'Exhausted', 110, 'Normal'],
  // the margin is rounded up
  [{ low: 11 }, 'Low', 12, 'Low'],
  [{ low: 11 }, 'Low', 13, 'Normal'],
  [{ critical: 15 }, 'Critical', 16, 'Critical'],
  [{ critical: 15 }, 'Critical', 17, 'Normal'],
  [{ low: 3 }, 'Low', 3, 'Low'],
  [{ low: 3 }, 'Low', 4, 'Normal'],
  // coming from above no margin counts
  [{ critical: 20 }, 'Low', 21, 'Normal'],
  [{ critical: 20 }, 'Normal', 21, 'Normal'],
  [{ low: 100, critical: 95 }, 'Low', 96, 'Low'],
  [{ low: 100, critical: 95 }, 'Critical', 104, 'Critical'],
  [{ low: 100, critical: 95 }, 'Critical', 105, 'Low'],
  // a threshold at nothing, or none at all
  [{ low: 0, critical: 0 }, 'Exhausted', 1, 'Normal'],
  [{}, 'Normal', 1, 'Normal'],
  [{}, 'Normal', 0, 'Exhausted'],
  [{}, 'Exhausted', 1, 'Normal'],
  [{}, 'Low', 1, 'Normal'],
]

describe('levelAt', () => {
  for (const [thresholds, before, available, want] of cases) {
    const { low = 'none', critical = 'none' } = thresholds
    it(`is ${want} with ${available} available, coming from ${before} (low ${low}, critical ${critical})`, () => {
      assert.equal(levelAt(available, thresholds, before), want)
    })
  }

  it('does not change back and forth when one unit goes to and fro', () => {
    let level: Level = 'Normal'
    const levels = [100, 101, 100, 101, 100, 101].map((available) => {
      level = levelAt(available, both, level)
      return level
    })
    assert.deepEqual(new Set(levels), new Set(['Low']))
  })
})
