import assert from 'node:assert/strict'
import fc from 'fast-check'
import { rememberedTimes } from '../../../operator/domain/times.ts'

describe('rememberedTimes', () => {
  it('writes and reads each time as a date does, however often and in whatever order', () => {
    const times = fc.array(fc.integer({ min: 0, max: 30 }).map((seconds) => Date.UTC(2026, 10, 22) + seconds * 1_000))
    fc.assert(
      fc.property(times, (all) => {
        const { textOf, msOf } = rememberedTimes()
        for (const ms of all) {
          const text = new Date(ms).toISOString()
          assert.equal(msOf(text), ms)
          assert.equal(textOf(ms), text)
          assert.equal(msOf(text), ms)
        }
      }),
    )
  })

  it('reads nothing out of what is no time', () => {
    assert.ok(Number.isNaN(rememberedTimes().msOf('soon')))
  })
})
