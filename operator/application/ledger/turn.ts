import { decideTerms, type TermsTold, termsTold } from '../../domain/stock/decide-terms.ts'
import type { EntryDraft } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { type Clock, longAgo, msBetween, type Tick } from '../clock.ts'
import type { AskQueue } from './ask-queue.ts'
import { type Decided, decideBatch, setsInTurn } from './batch.ts'
import type { Journal, Unfinished } from './journal.ts'
import type { LedgerWriter } from './ledger-writer.ts'
import type { Mode } from './readiness.ts'
import type { Standing } from './standing.ts'
import type { Statement } from './statement.ts'
import type { StoredStock } from './stock-ledger.ts'

export interface TurnParts {
  readonly book: StockBook
  readonly journal: Journal
  readonly writer: LedgerWriter
  readonly clock: Clock
  readonly queue: AskQueue
  readonly says: Statement
  readonly stands: Pick<Standing, 'mayDecide' | 'drainedAt'>
  /** Entries are stored: finish them. Called before any caller is answered. */
  readonly onCommitted: (entries: readonly Unfinished[], seconds: number) => void
  readonly onDropped: (entries: readonly Unfinished[]) => void
  /** Reservations with several stocks whose turn it may be. */
  readonly onSetTurn: (uids: readonly string[]) => void
}

/** One turn of a stock: decide all that fits, write it once, answer. Turns never overlap. */
export class Turn {
  /** Asks answered by the last write. */
  lastBatchSize = 0
  lastWriteAt: Tick = longAgo
  /** There were units for somebody in line, and no room in the journal. */
  lineStarves = false
  /** Not even one more was stored: the object is too large until something has left it. */
  cramped = false
  readonly #parts: TurnParts
  #told: TermsTold | undefined
  #batchLimit = Infinity

  constructor(parts: TurnParts) {
    this.#parts = parts
    this.begin()
  }

  /** What the stored books tell counts from now on: the stock was taken over. */
  begin(): void {
    const { writer, book, stands, clock } = this.#parts
    this.#told = toldBy(writer.known, book)
    stands.drainedAt = clock.tick()
  }

  /** Whether the status was written as decided, there was nothing to write, or it is to be decided again. */
  async run(mode: Mode, mustWrite: boolean): Promise<'written' | 'nothing' | 'again'> {
    const { journal, queue, says, clock } = this.#parts
    const startedAt = clock.tick()
    const drop = mode === 'halted' ? new Set<Unfinished>() : journal.droppable()
    const decided = this.#decide(mode, drop)
    queue.send(
      decided.answered.map(({ ask }) => ask),
      decided.left,
    )
    for (const { ask, error } of decided.failed) queue.reject(ask, error)
    const nothing = decided.entries.length === 0 && drop.size === 0
    queue.starved = nothing && decided.left.length > 0
    this.lineStarves = decided.lineLacksRoom
    if (nothing && !mustWrite && says.isTold()) {
      this.#answer(decided)
      return 'nothing'
    }
    this.lastWriteAt = startedAt
    this.lastBatchSize = decided.answered.length
    return this.#write(decided, drop)
  }

  #decide(mode: Mode, drop: ReadonlySet<Unfinished>): Decided {
    const { book, journal, queue, clock, stands } = this.#parts
    const asks = queue.all()
    if (mode === 'halted' || mode === 'closed')
      return { entries: [], answered: [], failed: [], left: asks, lineLacksRoom: false, size: 0 }
    const staying = journal.entries.length - drop.size
    const terms = this.#takeTermsOver(staying)
    // not the time of the latest entry: who wrote that may have had a clock that was ahead
    const limits = { staying, at: clock.now(), limit: this.#batchLimit, newHolds: mode === 'open' }
    return decideBatch({ book, journal, mayDecide: stands.mayDecide(), ...limits }, terms, asks)
  }

  /** Terms are a state: while the journal has no room for what tells of them, the former ones hold, and the newest come next. */
  #takeTermsOver(staying: number): EntryDraft[] {
    const { book, journal, writer } = this.#parts
    const drafts = decideTerms(book.balances, this.#told, writer.known.terms)
    if (!journal.hasSlack(staying, drafts.length)) return []
    book.setTerms(writer.known.terms)
    return drafts
  }

  async #write(decided: Decided, drop: ReadonlySet<Unfinished>): Promise<'written' | 'again'> {
    const { journal, writer, says } = this.#parts
    const staying = journal.entries.filter((entry) => !drop.has(entry)).map(({ entry }) => entry)
    const pending = [...staying, ...decided.entries]
    try {
      const result = await writer.commit((attempt) => says.statusFor(attempt, pending))
      if (result === 'committed') return this.#keep(decided, drop)
      this.cramped = result === 'tooLarge' && decided.size <= 1
      if (result === 'tooLarge')
        this.#batchLimit = Math.max(1, Math.floor(Math.min(this.#batchLimit, decided.size) / 2))
      this.#takeBack()
      return 'again'
    } catch (error) {
      this.#takeBack() // so that those who asked hear of it
      throw error
    }
  }

  /** The batch is not stored and never will be: every ask is decided again, against the version as it is now. */
  #takeBack(): void {
    this.#parts.book.rollback()
    this.#parts.queue.putBack()
  }

  #keep(decided: Decided, drop: ReadonlySet<Unfinished>): 'written' {
    const { book, journal, clock, stands, onCommitted, onDropped, onSetTurn } = this.#parts
    const { safetyStock, paused, price, statedChanges = [] } = book.terms
    this.#batchLimit *= 2
    book.commit()
    this.#told = { safetyStock, paused, ...(price && { price }), statedChanges }
    journal.drop(drop)
    const added = journal.add(decided.entries)
    if (drop.size > 0 || journal.entries.length === added.length) stands.drainedAt = clock.tick()
    onCommitted(added, msBetween(this.lastWriteAt, clock.tick()) / 1_000)
    if (drop.size > 0) onDropped([...drop])
    this.#answer(decided)
    const sets = setsInTurn(book)
    if (sets.length > 0) onSetTurn(sets)
    return 'written'
  }

  #answer({ answered }: Decided): void {
    const { journal, queue } = this.#parts
    queue.answered()
    for (const { ask, entries } of answered) {
      journal.giveBack(ask.promised, ask.namespace)
      ask.answer(entries)
    }
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
