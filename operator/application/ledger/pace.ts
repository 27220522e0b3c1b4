import { later, latest, type Tick } from '../clock.ts'

/** Above this many entries a stock takes about 16 kB, and etcd keeps every version: then at most one write each 100 ms. */
const LARGE_JOURNAL = 64
const LARGE_INTERVAL_MS = 100
/** Under load the next write gathers this long; an idle stock writes at once. */
const BUSY_ASKS = 3
const BUSY_INTERVAL_MS = 50
/** Finished entries wait this long for a write that carries them out with something else. */
const IDLE_DROP_MS = 250
/** A journal that nothing has left for this long is worth saying so. */
export const JOURNAL_FULL_MS = 5_000
const STARVED_STEP_MS = 5_000
/** An object that is too large is tried again so often: something may have left it. */
export const CRAMPED_RETRY_MS = 1_000

/** What is to be written of a stock, and when it last was. */
export interface Backlog {
  readonly queued: number
  /** Nothing that is queued fits the journal. */
  readonly starved: boolean
  /** Nor is there room for who was sent away, or for the first in line. */
  readonly othersStarve: boolean
  readonly journalLength: number
  /** Entries that could leave the journal. */
  readonly done: number
  /** Asks answered by the last write. */
  readonly lastBatchSize: number
  readonly lastTurnAt: Tick
  readonly lastWriteAt: Tick
  readonly lastDropAt: Tick
  /** Not before this time. */
  readonly resumeAt: Tick
}

/** When the next write is due; undefined = there is nothing to write. No timer runs while a stock is idle. */
export function nextWriteAt(backlog: Backlog): Tick | undefined {
  const { queued, done, resumeAt, lastWriteAt } = backlog
  const starved = backlog.starved || (queued === 0 && backlog.othersStarve)
  const pace = latest(resumeAt, later(lastWriteAt, intervalMs(backlog)))
  if (queued > 0 && !starved) return pace
  if (done > 0) return starved || done > LARGE_JOURNAL ? pace : latest(resumeAt, later(lastWriteAt, IDLE_DROP_MS))
  if (!starved) return undefined
  return latest(later(backlog.lastDropAt, JOURNAL_FULL_MS), later(backlog.lastTurnAt, STARVED_STEP_MS))
}

function intervalMs({ journalLength, lastBatchSize }: Backlog): number {
  if (journalLength > LARGE_JOURNAL) return LARGE_INTERVAL_MS
  return lastBatchSize > BUSY_ASKS ? BUSY_INTERVAL_MS : 0
}
