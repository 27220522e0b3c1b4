import type { Clock } from './application/clock.ts'
import type { Logger } from './application/logger.ts'
import { lanesInside, stocksInside } from './application/look-inside.ts'
import { type Inside, SHOWN } from './infrastructure/http/debug-pages.ts'
import type { Leadership } from './leadership.ts'

/** What the leader has in memory; a standby has nothing. */
export function insideOf(leading: Leadership, clock: Pick<Clock, 'now' | 'tick'>): Inside {
  return {
    stocks: () => (leading.engine ? stocksInside(leading.engine, clock) : []),
    lanes: () => (leading.engine ? lanesInside(leading.engine) : []),
  }
}

/** The same to the log: so many lines of each, those first that somebody should look at. */
export function logInside({ stocks, lanes }: Inside, logger: Logger): void {
  const log = logger.child({ component: 'inside' })
  for (const [what, rows] of [['stock', stocks()] as const, ['lane', lanes()] as const]) {
    log.info(`${rows.length} ${what}s, ${Math.min(rows.length, SHOWN)} shown`)
    for (const row of rows.slice(0, SHOWN)) log.info(what, { ...row })
  }
}
