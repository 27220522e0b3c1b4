import { setTimeout as pause } from 'node:timers/promises'
import { overHoldsSweep } from '../../operator/application/rows/sweep-over-holds.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { anOrder, rowLedger } from '../fixtures/row-orders.ts'
import { ownBooks } from './own-postgres.ts'
import { percentile, type Row } from './row.ts'
import { openStocks } from './row-holds.ts'

const STOCKS = 20
const AT_ONCE = 500
const MINUTE_MS = 60_000
/** As the leader rests between its looks. */
const REST_MS = { busy: 250, idle: 500 }

/** How late holds in PostgreSQL end, so many of them within one minute, by one leader's sweeps. */
export async function rowExpiry(count: number): Promise<Row[]> {
  const own = await ownBooks()
  try {
    const stocks = await openStocks(own.books, STOCKS)
    const ledger = rowLedger(own.books)
    const began = Date.now()
    let index = 0
    const hold = async () => {
      while (index < count) {
        const mine = index++
        // spread over the minute after the next one, whenever it is held
        const ttlMs = began + MINUTE_MS + (mine * MINUTE_MS) / count - Date.now()
        await ledger.order(anOrder(stocks[mine % STOCKS] ?? '', { ttlMs: Math.max(1_000, Math.round(ttlMs)) }))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, hold))
    const sweep = overHoldsSweep({ books: own.books, ledger, clock: systemClock() })
    let left = count
    while (left > 0) {
      const ended = await sweep()
      left -= ended
      await pause(ended > 0 ? REST_MS.busy : REST_MS.idle)
    }
    const { rows } = await own.pool.query<{ late: number }>(
      'SELECT extract(epoch FROM at - deadline)::float8 AS late FROM kbnt.finished',
    )
    const late = rows.map((row) => row.late)
    const within = (late.filter((seconds) => seconds <= 1).length * 100) / late.length
    return [
      {
        ...{ what: 'expiry in PostgreSQL: P99 of (expired − deadline), at most', measured: percentile(late, 0.99) },
        ...{ unit: ' s', bar: { atMost: 1 }, note: `${within.toFixed(1)} % within 1 s; ${count} holds in a minute` },
      },
    ]
  } finally {
    await own.close()
  }
}
