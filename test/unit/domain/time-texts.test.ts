import assert from 'node:assert/strict'
import fc from 'fast-check'
import { timeTexts } from '../../../operator/domain/time-texts.ts'

describe('timeTexts', () => {
  it('writes each time as a date does, however often and in whatever order', () => {
    const times = fc.array(fc.integer({ min: 0, max: 30 }).map((seconds) => Date.UTC(2026, 10, 22) + seconds * 1_000))
    fc.assert(
      fc.property(times, (all) => {
        const textOf = timeTexts()
        assert.deepEqual(
          all.map(textOf),
          all.map((ms) => new Date(ms).toISOString()),
        )
      }),
    )
  })
})
