import assert from 'node:assert/strict'
import { recheckAfter, settled } from '../../../operator/application/outcome.ts'
import { afterUnwritten } from '../../../operator/application/unwritten.ts'

describe('what was not written', () => {
  const later = { kind: 'notApplied', retryAfterMs: 1_000 } as const

  for (const cause of [undefined, 'NoAnswer', 'TooManyRequests'])
    it(`is tried again in a moment: ${cause}`, () => {
      const result = { ...later, ...(cause !== undefined && { cause, reason: 'busy' }) }
      assert.deepEqual(afterUnwritten(result, 'order shop/one'), recheckAfter(1_000))
    })

  for (const cause of ['Forbidden', 'Invalid', 'Unknown'])
    it(`as somebody does not allow it is thrown, so that it is tried ever more seldom and said: ${cause}`, () => {
      const result = { ...later, cause, reason: 'a policy says no' }
      assert.throws(
        () => afterUnwritten(result, 'order shop/one', 'opened'),
        /^Error: order shop\/one could not be opened: a policy says no$/,
      )
    })

  it('is left to the watch where it has changed or gone', () => {
    for (const kind of ['conflict', 'gone'] as const) assert.deepEqual(afterUnwritten({ kind }, 'one'), settled)
  })
})
