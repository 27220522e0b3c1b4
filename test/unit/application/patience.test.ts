import assert from 'node:assert/strict'
import { hitchOf, patience, patiently } from '../../../operator/application/patience.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

describe('patience', () => {
  const forbidden = { cause: 'Forbidden', reason: 'not allowed' }
  const undertaking = { operation: 'write the books', fields: { stock: 'apples' } }

  function aPatience() {
    const clock = fakeClock()
    const said: Record<string, unknown>[] = []
    const counted: string[] = []
    const parts = {
      clock,
      onRetry: (operation: string, cause: string) => counted.push(`${operation}: ${cause}`),
      onTrouble: (message: string, fields: Record<string, unknown>) => said.push({ message, ...fields }),
    }
    return { clock, said, counted, parts, tries: patience(parts, undertaking) }
  }

  it('speaks of the first failure at once and then every 30 s, and counts every one', async () => {
    const { clock, said, counted, tries } = aPatience()
    for (let second = 0; second < 61; second += 1) {
      tries.failed(forbidden)
      await clock.advance(1_000)
    }
    assert.deepEqual(
      said.map(({ failingMs, tries: count }) => [failingMs, count]),
      [
        [0, 1],
        [30_000, 31],
        [60_000, 61],
      ],
    )
    assert.deepEqual(said[0], {
      ...{ message: "can't write the books; tried again", stock: 'apples' },
      ...{ cause: 'Forbidden', reason: 'not allowed', tries: 1, failingMs: 0 },
    })
    assert.equal(counted.length, 61)
    assert.equal(counted[0], 'write the books: Forbidden')
  })

  it('begins anew after a success', async () => {
    const { clock, said, tries } = aPatience()
    tries.failed(forbidden)
    await clock.advance(5_000)
    assert.equal(tries.failingMs, 5_000)
    assert.deepEqual(tries.hitch, forbidden)
    tries.over()
    assert.equal(tries.failingMs, 0)
    assert.equal(tries.hitch, undefined)
    tries.failed(forbidden)
    assert.equal(said.length, 2)
  })

  it('tries until it is done, ever further apart or when it is asked to come again', async () => {
    const { clock, counted, parts } = aPatience()
    const at: number[] = []
    const startedAt = clock.now()
    const done = patiently(parts, undertaking, async () => {
      at.push(clock.now() - startedAt)
      if (at.length === 4) return { kind: 'done', value: 'stored' }
      return { kind: 'failed', hitch: forbidden, ...(at.length === 2 && { retryAfterMs: 7_000 }) }
    })
    await clock.advance(20_000)
    assert.equal(await done, 'stored')
    assert.deepEqual(at, [0, 50, 7_050, 7_150])
    assert.equal(counted.length, 3)
  })

  it('names why something thrown failed', () => {
    assert.deepEqual(hitchOf(Object.assign(new Error('slow down'), { reason: 'TooManyRequests' })), {
      cause: 'TooManyRequests',
      reason: 'slow down',
    })
    assert.deepEqual(hitchOf(new Error('reset')), { cause: 'NoAnswer', reason: 'reset' })
    assert.deepEqual(hitchOf('odd'), { cause: 'NoAnswer', reason: 'odd' })
  })
})
