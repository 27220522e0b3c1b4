import assert from 'node:assert/strict'
import fc from 'fast-check'
import { attemptAfter } from '../../../../operator/domain/resource/attempts.ts'
import { afterTen, tenOClock } from '../../../fixtures/builders.ts'

const at = afterTen(0)

/** Seconds until the next try after so many refusals before this one. */
function waitAfter(triesBefore: number): number {
  const { nextTryAt } = attemptAfter(triesBefore, { words: 'no room', at, maxTries: 2_000 })
  return (Date.parse(nextTryAt ?? '') - tenOClock) / 1_000
}

describe('attemptAfter', () => {
  it('waits twice as long after each refusal, from one second to five minutes', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1_500].map(waitAfter),
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300],
    )
  })

  it('says which try it was, of how many, why it was refused and when the next one is', () => {
    assert.deepEqual(attemptAfter(2, { words: 'no room', at, maxTries: 5 }), {
      tries: 3,
      nextTryAt: afterTen(4),
      message: 'try 3 of 5 was refused: no room; the next one in 4s',
    })
  })

  it('gives up with the last try that is allowed, in the words of the provider', () => {
    assert.deepEqual(attemptAfter(4, { words: 'no room', at, maxTries: 5 }), {
      tries: 5,
      message: 'its provider refused it 5 times, at last with: no room',
    })
  })

  it('gives up at once where the number of tries was lowered meanwhile', () => {
    assert.equal(attemptAfter(9, { words: 'no room', at, maxTries: 5 }).nextTryAt, undefined)
  })

  it('tries exactly as often as it may', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (maxTries) => {
        let tries = 0
        let next: string | undefined
        do {
          const attempt = attemptAfter(tries, { words: 'no', at, maxTries })
          assert.equal(attempt.tries, tries + 1)
          tries = attempt.tries
          next = attempt.nextTryAt
        } while (next !== undefined)
        assert.equal(tries, maxTries)
      }),
    )
  })
})
