import { decideTerms, type TermsTold, termsTold } from '../../domain/stock/decide-terms.ts'
import type { Request } from '../../domain/stock/decide.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { InvariantViolated, type StockBook } from '../../domain/stock/stock-book.ts'
import { type Clock, pause } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import { type Ask, type Decided, decideBatch } from './batch.ts'
import type { Journal, Unfinished } from './journal.ts'
import { type LedgerWriter, StockGone } from './ledger-writer.ts'
import type { StockStatus, StoredStock } from './stock-ledger.ts'
import { type NotReady, sameStatus, stockStatus } from './stock-status.ts'

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

/** Above this many entries a write is about 16 kB, and etcd keeps every version: then at most one each 100 ms. */
const LARGE_JOURNAL = 40
const LARGE_INTERVAL_MS = 100
/** Under load the next write gathers this long; an idle stock writes at once. */
const BUSY_ASKS = 3
const BUSY_INTERVAL_MS = 50
/** Finished entries wait this long for a write that carries them out with something else. */
const IDLE_DROP_MS = 250
const JOURNAL_FULL_MS = 30_000
const SKEW_RETRY_MS = 2_000
const MARK_STEP_MS = 10

export interface ActorParts {
  readonly book: StockBook
  readonly journal: Journal
  readonly writer: LedgerWriter
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly head: { readonly writer: string; readonly term: number }
  /** Entries are stored: finish them. Called before any caller is answered. */
  readonly onCommitted: (entries: readonly Unfinished[], seconds: number) => void
  readonly onDropped: (entries: readonly Unfinished[]) => void
  /** Reservations with several stocks whose turn it may be. */
  readonly onSetTurn: (uids: readonly string[]) => void
  /** The actor has stopped for good, with everything that waits on it failed. */
  readonly onStopped: (error: unknown) => void
  readonly spooled: () => number
}

export type StockActor = ReturnType<typeof stockActor>

export function stockActor(parts: ActorParts) {
  const { book, journal, writer, clock, skew } = parts
  const requests = new Map<string, Request>()
  let queue: Ask[] = []
  let told: TermsTold | undefined = toldBy(writer.known, book)
  let blocked: NotReady | undefined
  let writing = false
  let stopped: { readonly error: unknown } | undefined
  let cancelTimer: (() => void) | undefined
  let timerAt = Infinity
  let lastWriteAt = -Infinity
  let batchLimit = Infinity
  let lastBatchSize = 0
  /** Nothing that is queued fits the journal; set until that may have changed. */
  let starved = false
  let resumeAt = 0
  let closed = false
  let mustWrite = false
  let mustRefresh = false
  let lastDropAt = clock.now()
  let soonest = Infinity
  let soonestAt = -Infinity
  let writtenWaiters: { readonly written: () => void; readonly fail: (error: unknown) => void }[] = []
  let resting = false
  let restWaiters: (() => void)[] = []

  function notReady(): NotReady | undefined {
    const { terms } = book
    if (blocked) return blocked
    if (skew.excessMs() !== 0) return { reason: 'ClockSkew', message: `this clock is ${Math.round(skew.excessMs() / 1_000)} s from the API server's; nothing is decided until they agree` }
    if (terms.terminating) return { reason: 'Terminating', message: `deleted; waits for ${book.claims.size} reservations to end` }
    if (terms.paused) return { reason: 'Paused', message: 'paused by spec.paused: no new holds, confirming and releasing go on' }
    const full = journal.entries.length > 0 && queue.length > 0 && clock.now() - lastDropAt > JOURNAL_FULL_MS
    if (full) return { reason: 'JournalFull', message: `${journal.entries.length} entries are not finished yet; see EventsSpooled and the operator's log` }
    return undefined
  }

  function statusFor(attempt: number, pending: readonly Entry[]): StockStatus {
    return stockStatus({
      generation: writer.known.generation,
      terms: book.terms,
      balances: book.balances,
      waiting: book.waiting.length,
      head: { format: blocked?.reason === 'StatusLost' ? (writer.known.status?.ledger.format ?? 0) : 1, ...parts.head, attempt },
      pending,
      notReady: notReady(),
      spooled: parts.spooled(),
      before: writer.known.status?.conditions ?? [],
      now: new Date(clock.now()).toISOString(),
    })
  }

  /** When the next write is due, in ms since 1970; undefined = there is nothing to write. */
  function dueAt(): number | undefined {
    if (mustWrite || mustRefresh) return resumeAt
    if (isHalted()) return undefined
    const interval = journal.entries.length > LARGE_JOURNAL ? LARGE_INTERVAL_MS : lastBatchSize > BUSY_ASKS ? BUSY_INTERVAL_MS : 0
    const pace = Math.max(resumeAt, lastWriteAt + interval)
    if (queue.length > 0 && !starved && !closed) return pace
    const done = journal.droppable().size
    if (done === 0) return starved ? lastDropAt + JOURNAL_FULL_MS : undefined
    return starved || done > LARGE_JOURNAL ? pace : Math.max(resumeAt, lastWriteAt + IDLE_DROP_MS)
  }

  /** Whether nothing at all may be decided: what this process knows of the stock can't be trusted. */
  function isHalted(): boolean {
    return blocked?.reason === 'StatusLost' || blocked?.reason === 'InvariantViolated'
  }

  /** Has the next write happen when it is due. Cheap and harmless to call at any time. */
  function wake(): void {
    if (writing || stopped || resting) return
    const due = dueAt()
    if (due === undefined || due >= timerAt) return
    cancelTimer?.()
    timerAt = due
    cancelTimer = clock.schedule(Math.max(0, due - clock.now()), () => {
      timerAt = Infinity
      cancelTimer = undefined
      void turn()
    })
  }

  async function turn(): Promise<void> {
    if (writing || stopped || resting) return
    writing = true
    try {
      await writeOnce()
    } catch (error) {
      handle(error)
    } finally {
      writing = false
      afterWrite()
    }
  }

  function afterWrite(): void {
    if (stopped) failAll(stopped.error) // those in a write that was under way when it stopped
    if (resting) for (const rested of restWaiters.splice(0)) rested()
    wake()
  }

  function handle(error: unknown): void {
    if (error instanceof InvariantViolated) {
      book.rollback()
      block({ reason: 'InvariantViolated', message: error.message })
    } else stop(error)
  }

  async function writeOnce(): Promise<void> {
    if (mustRefresh) {
      mustRefresh = false
      await writer.refresh()
    }
    const asks = queue
    const startedAt = clock.now()
    const halted = skewed(startedAt) || isHalted()
    const drop = halted ? new Set<Unfinished>() : journal.droppable()
    const decided = halted || closed ? { entries: [], answered: [], left: asks } : decide(asks, drop, startedAt)
    queue = [...decided.left]
    starved = decided.left.length > 0 && decided.entries.length === 0 && drop.size === 0
    if (!mustWrite && decided.entries.length === 0 && drop.size === 0 && nothingNew()) return answer(decided.answered)
    const pending = journal.entries.filter((entry) => !drop.has(entry)).map(({ entry }) => entry)
    pending.push(...decided.entries)
    lastWriteAt = startedAt
    lastBatchSize = decided.answered.length
    const result = await writer.commit((attempt) => statusFor(attempt, pending)).catch((error: unknown) => {
      takeBack('rebase', asks) // so that those who asked hear of it
      throw error
    })
    if (result !== 'committed') return takeBack(result, asks)
    batchLimit = Infinity
    mustWrite = false
    settle(decided, drop, startedAt)
  }

  function decide(asks: readonly Ask[], drop: ReadonlySet<Unfinished>, startedAt: number): Decided {
    book.setTerms(writer.known.terms)
    const terms = decideTerms(book.balances, told, book.terms)
    const at = Math.max(book.balances.at, startedAt)
    const staying = journal.entries.length - drop.size
    return decideBatch({ book, journal, staying, at, limit: batchLimit, requests, newHolds: blocked === undefined }, terms, asks)
  }

  /** Whether our clock can't be trusted now; then asks again soon, for the answer brings the server's date. */
  function skewed(now: number): boolean {
    if (skew.excessMs() === 0) return false
    mustRefresh = true
    resumeAt = now + SKEW_RETRY_MS
    return true
  }

  /** Whether conditions, level and counts would stay as they are stored. */
  function nothingNew(): boolean {
    const { known } = writer
    if (known.status === undefined) return false
    const { ledger, ...said } = statusFor(0, [])
    const { ledger: _, ...stored } = known.status
    return ledger.format === known.status.ledger.format && sameStatus(said, stored)
  }

  function settle({ entries, answered }: Decided, drop: ReadonlySet<Unfinished>, startedAt: number): void {
    book.commit()
    told = { safetyStock: book.terms.safetyStock, paused: book.terms.paused, ...(book.terms.price && { price: book.terms.price }) }
    journal.drop(drop)
    const added = journal.add(entries)
    if (drop.size > 0 || journal.entries.length === added.length) lastDropAt = clock.now()
    for (const { entry } of added) if (entry.uid && book.claims.get(entry.uid)?.phase !== 'Waiting') requests.delete(entry.uid)
    parts.onCommitted(added, (clock.now() - startedAt) / 1_000)
    if (drop.size > 0) parts.onDropped([...drop])
    answer(answered)
    for (const { written } of writtenWaiters.splice(0)) written()
    announceSets()
  }

  function answer(answered: readonly { readonly ask: Ask; readonly entries: readonly Entry[] }[]): void {
    for (const { ask, entries } of answered) {
      journal.keep(ask.promised)
      ask.answer(entries)
    }
  }

  /** The batch is not stored and never will be: every ask is decided again, against the version as it is now. */
  function takeBack(result: 'rebase' | 'tooLarge', asks: readonly Ask[]): void {
    book.rollback()
    queue = [...asks, ...queue.filter((ask) => !asks.includes(ask))]
    if (result === 'tooLarge') batchLimit = Math.max(1, Math.floor(Math.min(batchLimit, asks.length) / 2))
    mustWrite ||= asks.length === 0
  }

  function announceSets(): void {
    if (book.waiting.length === 0 || book.free() <= 0) return
    const strict = book.terms.waitlist.order === 'Strict'
    const line = strict ? [book.waiting.head()] : [...book.waiting]
    const sets = line.flatMap((ticket) => (ticket && requests.get(ticket.uid)?.set ? [ticket.uid] : []))
    if (sets.length > 0) parts.onSetTurn(sets)
  }

  function block(why: NotReady | undefined): void {
    blocked = why
    mustWrite = true
    wake()
  }

  function stop(error: unknown): void {
    if (stopped) return
    stopped = { error }
    cancelTimer?.()
    failAll(error)
    parts.onStopped(error)
  }

  function failAll(error: unknown): void {
    for (const ask of queue.splice(0)) ask.fail(error)
    for (const { fail } of writtenWaiters.splice(0)) fail(error)
  }

  return {
    book,
    journal,
    stock: book.stock,
    /** Whether the books are closed for good: the stock's end is written down, and nothing is decided after it. */
    get closed() {
      return closed
    },
    /** Writes the stock's end down, unless somebody holds any of it by then; answers whether it did. */
    async sayFarewell(isHeld: () => boolean): Promise<boolean> {
      const entries = await this.ask({ decide: () => (isHeld() ? [] : [{ verb: 'Note', note: 'deleted' }]) })
      closed ||= entries.length > 0
      if (closed) for (const ask of queue.splice(0)) ask.fail(new StockGone(`${book.stock.namespace}/${book.stock.name} is closed`))
      return closed
    },
    get known() {
      return writer.known
    },
    /** Has `decide` judged when its turn comes; answers with its entries once they are stored, none when it had nothing to do. */
    ask(wish: Pick<Ask, 'decide'> & Partial<Pick<Ask, 'size' | 'takesUnits' | 'promised'>>): Promise<readonly Entry[]> {
      if (stopped) return Promise.reject(stopped.error)
      if (closed) return Promise.reject(new StockGone(`${book.stock.namespace}/${book.stock.name} is closed`))
      return new Promise((answered, fail) => {
        if (!wish.takesUnits) starved = false
        queue.push({ size: 1, takesUnits: false, promised: 0, ...wish, answer: answered, fail, since: clock.now() })
        wake()
      })
    },
    /** Puts a reservation in line, or keeps what it asks for up to date. */
    enqueue(request: Request): void {
      requests.set(request.uid, request)
      book.waiting.add(request)
    },
    /** Takes a reservation with several stocks out of this line. */
    leave(uid: string): void {
      if (book.claims.get(uid)?.phase === 'Waiting') return
      requests.delete(uid)
      book.waiting.remove(uid)
    },
    requestOf: (uid: string) => requests.get(uid),
    /** When the next hold runs out, in ms since 1970; looked up at most once a second. */
    soonestDeadline(): number | undefined {
      if (clock.now() - soonestAt >= 1_000) {
        soonestAt = clock.now()
        soonest = Infinity
        for (const claim of book.claims.values()) if (claim.phase === 'Reserved') soonest = Math.min(soonest, claim.deadline)
      }
      return Number.isFinite(soonest) ? soonest : undefined
    },
    /** Whether new holds may be taken at all. */
    get closedBecause(): NotReady | undefined {
      return notReady()
    },
    get queued() {
      return queue.length
    },
    get oldestAskAt() {
      return queue[0]?.since
    },
    block,
    wake,
    /** Resolves when this process has written the stock once more. */
    written(): Promise<void> {
      if (stopped) return Promise.reject(stopped.error)
      mustWrite = true
      const written = new Promise<void>((resolve, fail) => writtenWaiters.push({ written: resolve, fail }))
      wake()
      return written
    },
    /** A watch saw another version: a changed spec is taken over, a stranger's write ends this process. */
    witness(seen: StoredStock): void {
      try {
        writer.witness(seen)
        if (seen.generation > writer.known.generation || seen.terms.terminating !== writer.known.terms.terminating) mustRefresh = true
        wake()
      } catch (error) {
        handle(error)
      }
    },
    /** Opens or closes the stock, between two writes of its books. Throws StockGone when it is gone. */
    async mark(change: 'open' | 'close'): Promise<void> {
      while (writing) await pause(clock, MARK_STEP_MS)
      writing = true
      try {
        if (change === 'open' || (closed && journal.entries.length === 0)) await writer.mark(change)
      } catch (error) {
        handle(error)
        throw error
      } finally {
        writing = false
        afterWrite()
      }
    },
    /** Starts no more writes; resolves when none is in flight. */
    rest(): Promise<void> {
      resting = true
      cancelTimer?.()
      return writing ? new Promise((resolve) => restWaiters.push(resolve)) : Promise.resolve()
    },
    stop,
  }
}

function toldBy(known: StoredStock, book: StockBook): TermsTold | undefined {
  const { status } = known
  if (!status || status.ledger.sequence === 0) return undefined
  const paused = status.conditions.some((condition) => condition.type === 'Ready' && condition.reason === 'Paused')
  const { available, totalValue } = status
  return termsTold({ available, paused, ...(totalValue && { totalValue }) }, book.balances, known.terms)
}
