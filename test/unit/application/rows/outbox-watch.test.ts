import assert from 'node:assert/strict'
import { OutboxWatch } from '../../../../operator/application/rows/outbox-watch.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const QUARTER = 250
const LIMIT = 4 * QUARTER

describe('What waits in an outbox', () => {
  function anOutbox({ away = false } = {}) {
    const clock = fakeClock()
    const bytes: Record<string, number> = { bean: 0, cup: 0 }
    const troubles: string[] = []
    const records = {
      async pressure(stocks: number, maxBytes: number) {
        if (away) throw new Error('nobody answers')
        const all = Object.values(bytes).reduce((sum, of) => sum + of, 0)
        const most = Object.entries(bytes).sort(([, a], [, b]) => b - a)
        const enough = Math.min(maxBytes / 4, maxBytes - all)
        const byStock = new Map(most.filter(([, of], index) => index < stocks || of >= enough))
        return { bytes: all, oldestMs: 1_500, byStock }
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: (message: string) => troubles.push(message) }
    const watch = new OutboxWatch({ database: 'default', records, patience, maxBytes: LIMIT })
    watch.start()
    return { watch, clock, bytes, troubles, goAway: () => (away = true) }
  }

  it('is behind for one stock when that has its quarter, and for all when it is full', async () => {
    const { watch, clock, bytes } = anOutbox()
    await clock.advance(1_000)
    assert.deepEqual([watch.isBehind('bean'), watch.isBehind('cup')], [false, false])
    bytes.bean = QUARTER
    await clock.advance(1_000)
    assert.deepEqual([watch.isBehind('bean'), watch.isBehind('cup')], [true, false])
    bytes.bean = LIMIT
    await clock.advance(1_000)
    assert.deepEqual([watch.isBehind('bean'), watch.isBehind('cup')], [true, true])
    assert.deepEqual(watch.view, { bytes: LIMIT, limitBytes: LIMIT, oldestMs: 1_500 })
    bytes.bean = 0
    await clock.advance(1_000)
    assert.deepEqual([watch.isBehind('bean'), watch.isBehind('cup')], [false, false])
  })

  for (const count of [4, 5, 20, 120, 300])
    it(`leaves room to all others where ${count} stocks take all that they may, whose topics refuse them`, async () => {
      const { watch, clock, bytes } = anOutbox()
      const more = count > 20 ? 0.01 : 1 // what comes within a second is less than what is left for one
      const refused = Array.from({ length: count }, (_, index) => `refused-${index}`)
      for (let second = 0; second < LIMIT; second++) {
        for (const stock of refused) if (!watch.isBehind(stock)) bytes[stock] = (bytes[stock] ?? 0) + more
        await clock.advance(1_000)
      }
      const total = refused.reduce((sum, stock) => sum + (bytes[stock] ?? 0), 0)
      assert.ok(refused.every((stock) => watch.isBehind(stock)))
      assert.ok(total >= LIMIT / 2 && total <= LIMIT - Math.floor(LIMIT / (count + 1)) + count, `${total} of ${LIMIT}`)
      assert.equal(watch.isBehind('bean'), false)
    })

  it('is as it was known last while nobody answers, and that is said', async () => {
    const { watch, clock, bytes, troubles, goAway } = anOutbox()
    bytes.cup = QUARTER
    await clock.advance(1_000)
    goAway()
    await clock.advance(60_000)
    assert.equal(watch.isBehind('cup'), true)
    assert.ok(troubles.length > 0 && troubles.length < 10, troubles.join())
  })

  it('is not known before it was read, and then keeps nobody from anything', async () => {
    const { watch, clock } = anOutbox({ away: true })
    await clock.advance(2_000)
    assert.deepEqual([watch.view, watch.isBehind('bean')], [undefined, false])
  })

  it('is not read any more once that is stopped', async () => {
    const { watch, clock } = anOutbox()
    await clock.advance(1_000)
    await watch.stop()
    assert.equal(clock.timers, 0)
  })
})
