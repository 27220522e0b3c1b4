import { InvariantViolated } from '../../domain/stock/stock-book.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'
import { filled } from '../../domain/template.ts'
import { messageOf } from '../message-of.ts'
import { SchemaTooOld, WriteRefused } from './ledger-faults.ts'
import { JOURNAL_FULL_MS } from './pace.ts'
import { readyReasons } from './ready-reasons.ts'
import type { NotReady } from './stock-status.ts'

/**
 * open = everything is decided. noNewHolds = what is held may end or be confirmed. counting = only what the takeover of
 * the stock asks. closed = nothing is decided any more, finished entries still leave. halted = the books are not touched,
 * only what conditions say of them.
 */
export type Mode = 'open' | 'noNewHolds' | 'counting' | 'closed' | 'halted'

export interface Circumstances {
  readonly terms: StockTerms
  /** Its object is being deleted, whether or not that is taken over into its terms yet. */
  readonly deleted: boolean
  /** Set by whoever found that the books can't be trusted, or don't close. */
  readonly blocked: NotReady | undefined
  readonly skewMs: number
  readonly claims: number
  /** Those who wait for a decision, in line or parked. */
  readonly waits: number
  readonly unfinished: number
  /** The journal has no room for a new hold. */
  readonly full: boolean
  /** How long nothing has left the journal. */
  readonly stuckMs: number
}

/** Why a stock hands nothing out now; undefined when it does. The first that applies is told. */
export function whyNotReady({
  terms,
  deleted,
  blocked,
  skewMs,
  claims,
  waits,
  unfinished,
  full,
  stuckMs,
}: Circumstances): NotReady | undefined {
  if (blocked)
    return deleted
      ? { ...blocked, message: `${blocked.message}; it was deleted, and goes once that is settled` }
      : blocked
  if (skewMs !== 0) {
    return {
      reason: 'ClockSkew',
      message: filled(readyReasons.ClockSkew.text, { skew: () => `${Math.round(skewMs / 1_000)}` }),
    }
  }
  if (terms.terminating) {
    const message = filled(readyReasons.Terminating.text, {
      claims: () => `${claims} ${claims === 1 ? 'reservation' : 'reservations'}`,
    })
    return { reason: 'Terminating', message }
  }
  if (terms.paused) return { reason: 'Paused', message: readyReasons.Paused.text }
  if (full && waits > 0 && stuckMs > JOURNAL_FULL_MS) {
    return {
      reason: 'JournalFull',
      message: filled(readyReasons.JournalFull.text, { unfinished: () => `${unfinished}` }),
    }
  }
  return undefined
}

/** Whether nothing at all may be decided for this reason: what this process knows of the stock can't be trusted. */
export function isUntrusted(why: NotReady | undefined): boolean {
  return why !== undefined && readyReasons[why.reason].shows === 'halted'
}

/** How much of a turn may be done. */
export function modeOf(standing: {
  readonly blocked: NotReady | undefined
  readonly skewMs: number
  readonly counting: boolean
  readonly closed: boolean
}): Mode {
  if (isUntrusted(standing.blocked) || standing.skewMs !== 0) return 'halted'
  if (standing.closed) return 'closed'
  if (standing.counting) return 'counting'
  return standing.blocked ? 'noNewHolds' : 'open'
}

/** Why a stock stops, as its conditions say it. */
export function whyHalted(error: unknown): NotReady {
  const message = messageOf(error)
  if (error instanceof SchemaTooOld) return { reason: 'SchemaTooOld', message }
  if (error instanceof InvariantViolated) return { reason: 'InvariantViolated', message }
  if (error instanceof WriteRefused && error.guard) return { reason: 'InvariantViolated', message }
  return { reason: 'InternalError', message }
}
