import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import type { StockView } from '../../../../operator/application/look-inside.ts'
import { insideMetrics } from '../../../../operator/infrastructure/telemetry/inside-metrics.ts'

function aView(name: string, particular: Partial<StockView> = {}): StockView {
  const journal = { length: 0, promised: 0, unreported: 0, undelivered: 0, unfollowed: 0, homeNotLeft: 0 }
  const numbers = { queued: 0, parked: 0, oldestAskMs: 0, sinceDecisionMs: 0, claims: 0, waiting: 0 }
  return { namespace: 'shop', name, uid: `uid-of-${name}`, mode: 'open', journal, ...numbers, ...particular }
}

/** The lines of all its metrics, read twice: what the first scrape saw must not stay in the second. */
async function lines(stocks: readonly StockView[], maxStocks = 10, clockSkewMs = 0): Promise<string[]> {
  const register = new Registry()
  const metrics = insideMetrics(register, { maxStocks })
  const gone = [aView('gone', { mode: 'halted', oldestAskMs: 9_000 })]
  metrics.readFrom({ stocks: () => gone, clockSkewMs: () => 0, orphanedHolds: () => 9 })
  metrics.refresh()
  metrics.readFrom({ stocks: () => stocks, clockSkewMs: () => clockSkewMs, orphanedHolds: () => 3 })
  metrics.refresh()
  return (await register.metrics()).split('\n').filter((line) => line.startsWith('kbnt_'))
}

describe('insideMetrics', () => {
  it('tells the mode of each stock, and the age of asks that are not just on their way', async () => {
    const stocks = [
      aView('lost', { mode: 'halted', reason: 'StatusLost', oldestAskMs: 61_000 }),
      aView('calm', { oldestAskMs: 5_000 }),
    ]
    assert.deepEqual(await lines(stocks, 10, -7_500), [
      'kbnt_stock_mode{namespace="shop",stock="lost",mode="halted",reason="StatusLost"} 1',
      'kbnt_stock_mode{namespace="shop",stock="calm",mode="open"} 1',
      'kbnt_stock_oldest_command_age_seconds{namespace="shop",stock="lost"} 61',
      'kbnt_stocks_halted 1',
      'kbnt_orphaned_holds 3',
      'kbnt_clock_skew_seconds -7.5',
    ])
  })

  it('has series for so many stocks at most, the first ones, and counts all that are halted', async () => {
    const halted = ['a', 'b', 'c'].map((name) => aView(name, { mode: 'halted', oldestAskMs: 6_000 }))
    const seen = await lines(halted, 2)
    assert.equal(seen.filter((line) => line.startsWith('kbnt_stock_mode')).length, 2)
    assert.equal(seen.filter((line) => line.startsWith('kbnt_stock_oldest')).length, 2)
    assert.ok(seen.includes('kbnt_stocks_halted 3'))
    assert.ok(!seen.some((line) => line.includes('stock="c"')))
  })
})
