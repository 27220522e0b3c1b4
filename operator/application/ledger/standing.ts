import type { StockBook } from '../../domain/stock/stock-book.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { Wish } from './ask-queue.ts'
import type { Journal } from './journal.ts'
import type { LedgerWriter } from './ledger-writer.ts'
import { modeOf, whyNotReady } from './readiness.ts'
import type { NotReady } from './stock-status.ts'
import type { Mode } from './turn.ts'
import type { Why } from './undecided.ts'

/** A write that has failed for so long keeps nobody waiting any more. */
const STALLED_MS = 5_000
/** So many asks wait in line at a stock; who comes then is called back when half of them are answered. */
export const MOST_QUEUED = 4_096

export interface StandingParts {
  readonly book: StockBook
  readonly journal: Journal
  readonly writer: Pick<LedgerWriter, 'failing'>
  readonly clock: Clock
  readonly skew: Pick<ClockSkew, 'excessMs'>
  /** Asks in line. */
  readonly queued: () => number
  /** Those who were sent away and wait to be called. */
  readonly parked: () => number
  readonly lastDropAt: () => Tick
}

/** What a stock can do at this moment, and why not more. */
export interface Standing {
  /** Set by whoever found that the books can't be trusted, or don't close. */
  blocked: NotReady | undefined
  /** Taken over, and not compared yet with what reservations hold. */
  counting: boolean
  /** Its end is written down. */
  closed: boolean
  /** Its status must not be written: it could not be read, or can't be stored. */
  sealed: boolean
  readonly mode: Mode
  /** Its write has failed for so long that nobody should wait for it. */
  readonly stalled: boolean
  readonly notReady: NotReady | undefined
  whyUndecided(wish: Pick<Wish, 'takesUnits' | 'opening'>): Why | undefined
}

export function standing(parts: StandingParts): Standing {
  const { book, journal, writer, clock, skew } = parts
  return {
    blocked: undefined,
    counting: true,
    closed: false,
    sealed: false,
    get mode() {
      const { blocked, counting, closed } = this
      return modeOf({ blocked, counting, closed, skewMs: skew.excessMs() })
    },
    get stalled() {
      return (writer.failing?.ms ?? 0) >= STALLED_MS
    },
    get notReady() {
      const stuckMs = msBetween(parts.lastDropAt(), clock.tick())
      const counts = { claims: book.claims.size, waits: parts.queued() + parts.parked() }
      const unfinished = journal.entries.length
      return whyNotReady({
        ...{ terms: book.terms, blocked: this.blocked, skewMs: skew.excessMs(), stuckMs, unfinished, ...counts },
        full: journal.room(unfinished, true) < 1,
      })
    },
    whyUndecided({ takesUnits = false, opening = false }) {
      const { mode, notReady } = this
      if (mode === 'halted') return notReady
      if (opening) return undefined
      if (this.stalled) return { reason: 'StoreFails', message: `its books can't be stored: ${writer.failing?.reason}` }
      if (mode === 'counting') return { reason: 'Counting', message: 'its books are being counted' }
      if (parts.queued() >= MOST_QUEUED)
        return { reason: 'Busy', message: `has much to do; decisions that wait there: ${parts.queued()}` }
      const closedForNew = mode === 'noNewHolds' || notReady?.reason === 'JournalFull'
      return takesUnits && closedForNew ? notReady : undefined
    },
  }
}
