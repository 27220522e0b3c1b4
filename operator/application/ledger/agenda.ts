import { type Clock, later, longAgo, type Tick } from '../clock.ts'
import { type ClockSkew, SKEW_RETRY_MS } from '../clock-skew.ts'
import type { AskQueue } from './ask-queue.ts'
import type { Journal } from './journal.ts'
import { CRAMPED_RETRY_MS, nextWriteAt } from './pace.ts'
import type { Standing } from './standing.ts'
import type { Turn } from './turn.ts'

export interface AgendaParts {
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly journal: Journal
  readonly queue: AskQueue
  readonly stands: Standing
  readonly turns: Turn
}

/** What the next turn of a stock has to do, whether or not somebody asks, and when. */
export class Agenda {
  /** Its status is to be written, also where nothing new is decided. */
  write = false
  /** It is to be read first: somebody changed it. */
  refresh = false
  /** Those in line may be served. */
  look = false
  /** Some of those who were sent away are to be called back. */
  recall = false
  readonly #parts: AgendaParts
  #resumeAt: Tick = longAgo
  #lastTurnAt: Tick = longAgo

  constructor(parts: AgendaParts) {
    this.#parts = parts
  }

  /** When the next turn is due; undefined = there is nothing to do. */
  dueAt(): Tick | undefined {
    const { journal, queue, stands, turns } = this.#parts
    if (stands.sealed) return undefined
    if (this.write || this.refresh || this.look || this.#isSkewed()) return this.#resumeAt
    if (stands.mode === 'halted') return undefined
    const { lastWriteAt, lastBatchSize } = turns
    const times = { lastTurnAt: this.#lastTurnAt, lastWriteAt, lastDropAt: stands.drainedAt, resumeAt: this.#resumeAt }
    return nextWriteAt({
      ...times,
      queued: stands.closed ? 0 : queue.length + Number(this.recall),
      done: journal.droppable().size,
      journalLength: journal.entries.length,
      starved: queue.starved,
      othersStarve: turns.lineStarves || stands.starves,
      lastBatchSize,
    })
  }

  /** A turn begins; answers whether the stock is to be read first. */
  begin(): boolean {
    const { clock } = this.#parts
    const skewed = this.#isSkewed()
    const reads = this.refresh || skewed // the answer brings the server's date, too
    this.#lastTurnAt = clock.tick()
    this.look = false
    this.recall = false
    this.refresh = false
    if (skewed) this.#resumeAt = later(clock.tick(), SKEW_RETRY_MS)
    return reads
  }

  /** What came of it. */
  end(did: Awaited<ReturnType<Turn['run']>>): void {
    const { clock, turns } = this.#parts
    if (did === 'written') this.write = false
    this.look ||= did === 'again' // changed terms ask nothing: without anybody in the queue nothing else would
    if (turns.cramped) this.#resumeAt = later(clock.tick(), CRAMPED_RETRY_MS)
  }

  #isSkewed(): boolean {
    return this.#parts.skew.excessMs() !== 0
  }
}
