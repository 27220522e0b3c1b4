import type { StockBook } from '../../domain/stock/stock-book.ts'
import { type Clock, longAgo, msBetween } from '../clock.ts'

const FRESH_MS = 1_000

/** When the next hold of a stock runs out, in ms since 1970; undefined = nothing is held. Looked up at most once a second. */
export function soonestDeadline(book: StockBook, clock: Clock): () => number | undefined {
  let soonest = Infinity
  let lookedAt = longAgo
  return () => {
    if (msBetween(lookedAt, clock.tick()) >= FRESH_MS) {
      lookedAt = clock.tick()
      soonest = Infinity
      for (const { phase, deadline } of book.claims.values())
        if (phase === 'Reserved') soonest = Math.min(soonest, deadline)
    }
    return Number.isFinite(soonest) ? soonest : undefined
  }
}
