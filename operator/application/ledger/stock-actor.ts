import type { Entry } from '../../domain/stock/entry.ts'
import { InvariantViolated, type StockBook, type StockIdentity } from '../../domain/stock/stock-book.ts'
import { later, longAgo, msBetween, type Tick } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import { askQueue, type Wish } from './ask-queue.ts'
import { exclusive } from './exclusive.ts'
import type { Journal } from './journal.ts'
import { SchemaTooOld, StockGone } from './ledger-writer.ts'
import { type Line, line } from './line.ts'
import { nextWriteAt } from './pace.ts'
import { modeOf, whyNotReady } from './readiness.ts'
import { soonestDeadline } from './soonest-deadline.ts'
import { statement } from './statement.ts'
import type { StoredStock } from './stock-ledger.ts'
import type { NotReady } from './stock-status.ts'
import { type TurnParts, turn } from './turn.ts'
import { wakeUp } from './wake-up.ts'

/*
 *   callers ──ask──▶ queue ─┐            ┌─ 200 ─▶ commit: answer callers, report, publish
 *   spec change ────────────┤            │
 *   waiting list ───────────┼─▶ decide ─▶ PUT ─ 409, not ours ──▶ roll back, decide again (or: a stranger ─▶ exit)
 *   finished entries ───────┘     ▲      │
 *                                 │      └─ no answer ─▶ read ─▶ ours? commit : move the version, roll back, decide again
 *                                 └── while a write is in flight, the next batch gathers here
 *
 * One actor for each stock, at most one write in flight, no timer while there is nothing to do. All of the stock's
 * status is written here and nowhere else. What callers are told is stored; what is not stored was told to nobody.
 */

const SKEW_RETRY_MS = 2_000
export interface ActorParts extends Omit<TurnParts, 'queue' | 'waiting' | 'says'> {
  readonly skew: ClockSkew
  readonly head: { readonly writer: string; readonly term: number }
  /** The actor has stopped for good, with everything that waits on it failed. */
  readonly onStopped: (error: unknown) => void
  /** The actor decides nothing any more, and waits for somebody to look. */
  readonly onHalted: (error: Error) => void
  /** How many of the stock's events are spooled. */
  readonly spooled: () => number
}

/** The single writer of one stock. */
export interface StockActor extends Pick<Line, 'enqueue' | 'leave' | 'requestOf'> {
  readonly book: StockBook
  readonly journal: Journal
  readonly stock: StockIdentity
  /** The version that the next write is based on. */
  readonly known: StoredStock
  /** Why no new holds are taken; undefined when they are. */
  readonly closedBecause: NotReady | undefined
  readonly queued: number
  readonly oldestAskAt: Tick | undefined
  /** Whether the stock's end is written down: nothing is decided after it. */
  readonly closed: boolean
  /** Whether it decides nothing any more: whoever asks is told why. */
  readonly stopped: boolean
  /** Has `decide` judged when its turn comes; answers with its entries once they are stored, none when it had nothing to do. */
  ask(wish: Wish): Promise<readonly Entry[]>
  /** Writes the stock's end down, unless somebody holds any of it by then; answers whether it did. */
  sayFarewell(isHeld: () => boolean): Promise<boolean>
  /** When the next hold runs out, in ms since 1970; undefined = nothing is held. */
  soonestDeadline(): number | undefined
  /** Takes no new holds from now on, or nothing at all, and says why. */
  block(why: NotReady): void
  /** Has the next write happen when it is due. Cheap and harmless to call at any time. */
  wake(): void
  /** Resolves when this process has written the stock once more. */
  written(): Promise<void>
  /** A watch saw another version: a changed spec is taken over, a stranger's write ends this process. */
  witness(seen: StoredStock): void
  /** Opens or closes the stock, between two writes of its books. Throws StockGone when it is gone. */
  mark(change: 'open' | 'close'): Promise<void>
  /** Starts no more writes; resolves when none is in flight. */
  rest(): Promise<void>
  stop(error: unknown): void
}

export function stockActor(parts: ActorParts): StockActor {
  const { book, journal, writer, clock, skew } = parts
  const queue = askQueue(clock)
  const waiting = line(book)
  const says = statement({ ...parts, known: () => writer.known, notReady })
  const turns = turn({ ...parts, queue, waiting, says })
  const timer = wakeUp(clock, () => void takeTurn())
  const writing = exclusive()
  let blocked: NotReady | undefined
  let stopped: { readonly error: unknown } | undefined
  let resting = false
  let closed = false
  let mustWrite = false
  let mustRefresh = false
  let resumeAt = longAgo
  let lastTurnAt = longAgo

  function notReady(): NotReady | undefined {
    const stuckMs = msBetween(turns.lastDropAt, clock.tick())
    const counts = { claims: book.claims.size, queued: queue.length, unfinished: journal.entries.length }
    return whyNotReady({ terms: book.terms, blocked, skewMs: skew.excessMs(), stuckMs, ...counts })
  }

  const mode = () => modeOf({ blocked, skewMs: skew.excessMs(), closed })

  function dueAt(): Tick | undefined {
    if (blocked?.reason === 'SchemaTooOld') return undefined
    if (mustWrite || mustRefresh) return resumeAt
    if (mode() === 'halted' && skew.excessMs() === 0) return undefined
    const { lastWriteAt, lastDropAt, lastBatchSize } = turns
    const counts = {
      queued: closed ? 0 : queue.length,
      journalLength: journal.entries.length,
      done: journal.droppable().size,
    }
    return nextWriteAt({
      ...counts,
      starved: queue.starved,
      lastBatchSize,
      lastTurnAt,
      lastWriteAt,
      lastDropAt,
      resumeAt,
    })
  }

  function wake(): void {
    const due = writing.busy || stopped || resting ? undefined : dueAt()
    if (due !== undefined) timer.by(due)
  }

  async function takeTurn(): Promise<void> {
    if (writing.busy || stopped || resting) return
    lastTurnAt = clock.tick()
    await writing.run(writeOnce).catch(handle)
    afterWrite()
  }

  function afterWrite(): void {
    if (stopped) queue.fail(stopped.error) // those in a write that was under way when it stopped
    wake()
  }

  async function writeOnce(): Promise<void> {
    if (mustRefresh) {
      mustRefresh = false
      await writer.refresh()
    }
    if (skew.excessMs() !== 0) {
      mustRefresh = true // its answer brings the server's date
      resumeAt = later(clock.tick(), SKEW_RETRY_MS)
    }
    if (await turns.run(mode(), mustWrite)) mustWrite = false
  }

  function handle(error: unknown): void {
    if (error instanceof InvariantViolated) {
      book.rollback()
      block({ reason: 'InvariantViolated', message: error.message })
    } else if (error instanceof SchemaTooOld) {
      blocked = { reason: 'SchemaTooOld', message: error.message } // and no condition says so: it could be dropped too
    } else {
      stop(error)
      return
    }
    parts.onHalted(error)
  }

  function block(why: NotReady): void {
    blocked = why
    mustWrite = true
    wake()
  }

  function stop(error: unknown): void {
    if (stopped) return
    stopped = { error }
    timer.cancel()
    queue.fail(error)
    parts.onStopped(error)
  }

  const endError = () =>
    stopped?.error ?? (closed ? new StockGone(`${book.stock.namespace}/${book.stock.name} is closed`) : undefined)

  function ask(wish: Wish): Promise<readonly Entry[]> {
    const ended = endError()
    if (ended) return Promise.reject(ended)
    const answered = queue.add(wish)
    wake()
    return answered
  }

  async function sayFarewell(isHeld: () => boolean): Promise<boolean> {
    const entries = await ask({ decide: () => (isHeld() ? [] : [{ verb: 'Note', note: 'deleted' }]) })
    closed ||= entries.length > 0
    if (closed) queue.fail(endError())
    return closed
  }

  async function mark(change: 'open' | 'close'): Promise<void> {
    while (writing.busy) await writing.idle()
    if (change === 'close' && !(closed && journal.entries.length === 0)) return
    try {
      await writing.run(() => writer.mark(change))
    } catch (error) {
      handle(error)
      throw error
    }
    afterWrite()
  }

  async function written(): Promise<void> {
    mustWrite = true
    await ask({ decide: () => [] })
  }

  function witness(seen: StoredStock): void {
    try {
      writer.witness(seen)
      const { generation, terms } = writer.known
      mustRefresh ||= seen.generation > generation || seen.terms.terminating !== terms.terminating
      wake()
    } catch (error) {
      handle(error)
    }
  }

  function rest(): Promise<void> {
    resting = true
    timer.cancel()
    return writing.idle()
  }

  return {
    ...{ book, journal, stock: book.stock, soonestDeadline: soonestDeadline(book, clock) },
    ...{ enqueue: waiting.enqueue, leave: waiting.leave, requestOf: waiting.requestOf },
    ...{ ask, sayFarewell, mark, written, witness, rest, stop, block, wake },
    get known() {
      return writer.known
    },
    get closed() {
      return closed
    },
    get stopped() {
      return stopped !== undefined
    },
    get closedBecause() {
      return notReady()
    },
    get queued() {
      return queue.length
    },
    get oldestAskAt() {
      return queue.oldestAt
    },
  }
}
