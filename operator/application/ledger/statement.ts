import type { Entry } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Clock } from '../clock.ts'
import { sameValue } from '../same-value.ts'
import type { LedgerWriter } from './ledger-writer.ts'
import type { Standing } from './standing.ts'
import type { StockStatus } from './stock-ledger.ts'
import { stockStatus } from './stock-status.ts'

/** Who writes a stock's books: the install, its process and that one's term. */
export interface Author {
  readonly servedBy: string
  readonly writer: string
  readonly term: number
}

export interface StatementParts {
  readonly book: StockBook
  readonly clock: Clock
  readonly author: Author
  readonly writer: Pick<LedgerWriter, 'known'>
  readonly stands: Pick<Standing, 'notReady'>
  readonly spooled: () => number
}

/** What the next write of a stock's status says. */
export class Statement {
  readonly #parts: StatementParts

  constructor(parts: StatementParts) {
    this.#parts = parts
  }

  statusFor(attempt: number, pending: readonly Entry[]): StockStatus {
    const { book, clock, author, writer, stands, spooled } = this.#parts
    const { servedBy, ...head } = author
    const { generation, status } = writer.known
    const { notReady } = stands
    return stockStatus({
      generation,
      terms: book.terms,
      balances: book.balances,
      waiting: book.waiting.length,
      head: { format: notReady?.reason === 'StatusLost' ? (status?.ledger.format ?? 0) : 1, ...head, attempt },
      pending,
      notReady,
      servedBy,
      spooled: spooled(),
      before: status?.conditions ?? [],
      now: new Date(clock.now()).toISOString(),
    })
  }

  /** Whether conditions, level and counts would stay as they are stored. */
  isTold(): boolean {
    const { status } = this.#parts.writer.known
    if (status === undefined) return false
    const { ledger, ...said } = this.statusFor(0, [])
    const { ledger: before, ...stored } = status
    return ledger.format === before.format && sameValue(said, stored)
  }
}
