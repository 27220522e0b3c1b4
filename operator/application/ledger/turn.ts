import { decideTerms, type TermsTold, termsTold } from '../../domain/stock/decide-terms.ts'
import type { EntryDraft } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { type Clock, longAgo, msBetween, type Tick } from '../clock.ts'
import type { AskQueue, QuestionKind } from './ask-queue.ts'
import { type Decided, decideBatch, setsInTurn } from './batch.ts'
import type { Journal, Unfinished } from './journal.ts'
import type { LedgerWriter } from './ledger-writer.ts'
import type { Statement } from './statement.ts'
import type { StoredStock } from './stock-ledger.ts'

/**
 * open = everything is decided. noNewHolds = what is held may end or be confirmed. counting = only what the takeover of
 * the stock asks. closed = nothing is decided any more, finished entries still leave. halted = the books are not touched,
 * only what conditions say of them.
 */
export type Mode = 'open' | 'noNewHolds' | 'counting' | 'closed' | 'halted'

export interface TurnParts {
  readonly book: StockBook
  readonly journal: Journal
  readonly writer: LedgerWriter
  readonly clock: Clock
  readonly queue: AskQueue
  readonly says: Statement
  readonly mayDecide: () => (question: QuestionKind) => boolean
  /** Entries are stored: finish them. Called before any caller is answered. */
  readonly onCommitted: (entries: readonly Unfinished[], seconds: number) => void
  readonly onDropped: (entries: readonly Unfinished[]) => void
  /** Reservations with several stocks whose turn it may be. */
  readonly onSetTurn: (uids: readonly string[]) => void
}

/** One turn of a stock: decide all that fits, write it once, answer. Turns never overlap. */
export interface Turn {
  /** Whether the status was written as decided, there was nothing to write, or it is to be decided again. */
  run(mode: Mode, mustWrite: boolean): Promise<'written' | 'nothing' | 'again'>
  /** What the stored books tell counts from now on: the stock was taken over. */
  begin(): void
  readonly lastWriteAt: Tick
  /** When an entry last left the journal, or it was empty. */
  readonly lastDropAt: Tick
  /** Asks answered by the last write. */
  readonly lastBatchSize: number
  /** There were units for somebody in line, and no room in the journal. */
  readonly lineStarves: boolean
  /** Not even one more was stored: the object is too large until something has left it. */
  readonly cramped: boolean
}

export function turn(parts: TurnParts): Turn {
  const { book, journal, writer, clock, queue, says } = parts
  let told: TermsTold | undefined
  let batchLimit = Infinity
  let cramped = false
  let lineStarves = false
  let lastWriteAt = longAgo
  let lastDropAt = clock.tick()
  let lastBatchSize = 0

  async function run(mode: Mode, mustWrite: boolean): ReturnType<Turn['run']> {
    const startedAt = clock.tick()
    const drop = mode === 'halted' ? new Set<Unfinished>() : journal.droppable()
    const decided = decide(mode, drop)
    queue.send(
      decided.answered.map(({ ask }) => ask),
      decided.left,
    )
    for (const { ask, error } of decided.failed) queue.reject(ask, error)
    const nothing = decided.entries.length === 0 && drop.size === 0
    queue.starved = nothing && decided.left.length > 0
    lineStarves = decided.lineLacksRoom
    if (nothing && !mustWrite && says.isTold()) {
      answer(decided)
      return 'nothing'
    }
    lastWriteAt = startedAt
    lastBatchSize = decided.answered.length
    return write(decided, drop)
  }

  function decide(mode: Mode, drop: ReadonlySet<Unfinished>): Decided {
    const asks = queue.all()
    if (mode === 'halted' || mode === 'closed')
      return { entries: [], answered: [], failed: [], left: asks, lineLacksRoom: false, size: 0 }
    const staying = journal.entries.length - drop.size
    const terms = takeTermsOver(staying)
    const at = Math.max(book.balances.at, clock.now())
    const mayDecide = parts.mayDecide()
    const limits = { staying, at, limit: batchLimit, newHolds: mode === 'open' }
    return decideBatch({ book, journal, mayDecide, ...limits }, terms, asks)
  }

  /** Terms are a state: while the journal has no room for what tells of them, the former ones hold, and the newest come next. */
  function takeTermsOver(staying: number): EntryDraft[] {
    const drafts = decideTerms(book.balances, told, writer.known.terms)
    if (!journal.hasSlack(staying, drafts.length)) return []
    book.setTerms(writer.known.terms)
    return drafts
  }

  async function write(decided: Decided, drop: ReadonlySet<Unfinished>): Promise<'written' | 'again'> {
    const staying = journal.entries.filter((entry) => !drop.has(entry)).map(({ entry }) => entry)
    const pending = [...staying, ...decided.entries]
    try {
      const result = await writer.commit((attempt) => says.statusFor(attempt, pending))
      if (result === 'committed') return keep(decided, drop)
      cramped = result === 'tooLarge' && decided.size <= 1
      if (result === 'tooLarge') batchLimit = Math.max(1, Math.floor(Math.min(batchLimit, decided.size) / 2))
      takeBack()
      return 'again'
    } catch (error) {
      takeBack() // so that those who asked hear of it
      throw error
    }
  }

  /** The batch is not stored and never will be: every ask is decided again, against the version as it is now. */
  function takeBack(): void {
    book.rollback()
    queue.putBack()
  }

  function keep(decided: Decided, drop: ReadonlySet<Unfinished>): 'written' {
    const { safetyStock, paused, price } = book.terms
    batchLimit *= 2
    book.commit()
    told = { safetyStock, paused, ...(price && { price }) }
    journal.drop(drop)
    const added = journal.add(decided.entries)
    if (drop.size > 0 || journal.entries.length === added.length) lastDropAt = clock.tick()
    parts.onCommitted(added, msBetween(lastWriteAt, clock.tick()) / 1_000)
    if (drop.size > 0) parts.onDropped([...drop])
    answer(decided)
    const sets = setsInTurn(book)
    if (sets.length > 0) parts.onSetTurn(sets)
    return 'written'
  }

  function answer({ answered }: Decided): void {
    queue.answered()
    for (const { ask, entries } of answered) {
      journal.giveBack(ask.promised, ask.namespace)
      ask.answer(entries)
    }
  }

  return {
    run,
    begin() {
      told = toldBy(writer.known, book)
      lastDropAt = clock.tick()
    },
    get lastWriteAt() {
      return lastWriteAt
    },
    get lastDropAt() {
      return lastDropAt
    },
    get lineStarves() {
      return lineStarves
    },
    get cramped() {
      return cramped
    },
    get lastBatchSize() {
      return lastBatchSize
    },
  }
}

/** What a stock was told of its terms by whoever led it before; undefined when nobody did. */
function toldBy(known: StoredStock, book: StockBook): TermsTold | undefined {
  const { status } = known
  if (!status || status.ledger.sequence === 0) return undefined
  const { available, totalValue, ledger, conditions } = status
  const saidPaused = conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Paused')
  const paused = ledger.paused ?? saidPaused // older statuses say it only where no other reason hid it
  return termsTold({ available, paused, ...(totalValue && { totalValue }) }, book.balances, known.terms)
}
