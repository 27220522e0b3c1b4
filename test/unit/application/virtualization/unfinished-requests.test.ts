import assert from 'node:assert/strict'
import { unfinishedRequests } from '../../../../operator/application/virtualization/unfinished-requests.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

function counting(counts: (number | Error)[], most = 10) {
  const clock = fakeClock()
  const troubles: string[] = []
  const unfinished = unfinishedRequests({
    count: async () => {
      const next = counts.length > 1 ? counts.shift() : counts[0]
      if (next instanceof Error) throw next
      return next ?? 0
    },
    ...{ most, clock, onTrouble: (message) => troubles.push(message) },
  })
  unfinished.start()
  return { clock, unfinished, troubles }
}

describe('unfinishedRequests', () => {
  it('lets nothing begin before all are counted', async () => {
    const { clock, unfinished, troubles } = counting([new Error('away'), 3])
    await clock.settle()
    assert.match(unfinished.full() ?? '', /can't be told yet/)
    assert.equal(unfinished.notReady(), 'away')
    assert.equal(troubles.length, 1)
    await clock.advance(5_000)
    assert.deepEqual([unfinished.full(), unfinished.notReady()], [undefined, undefined])
  })

  it('counts what was begun since as unfinished, until all are counted again', async () => {
    const { clock, unfinished } = counting([8, 9])
    await clock.settle()
    unfinished.begun()
    assert.equal(unfinished.full(), undefined)
    unfinished.begun()
    assert.match(unfinished.full() ?? '', /10 requests are not over yet, and at most 10/)
    await clock.advance(5_000)
    assert.equal(unfinished.full(), undefined)
  })

  it('goes by the last count while none comes', async () => {
    const { clock, unfinished } = counting([10, new Error('away')])
    await clock.settle()
    await clock.advance(20_000)
    assert.ok(unfinished.full())
    assert.equal(unfinished.notReady(), undefined)
  })

  it('asks no more once it is stopped', async () => {
    const { clock, unfinished } = counting([1])
    await clock.settle()
    unfinished.stop()
    assert.equal(clock.timers, 0)
  })
})
