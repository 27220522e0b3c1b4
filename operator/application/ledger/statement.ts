import type { Entry } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Clock } from '../clock.ts'
import { sameValue } from '../same-value.ts'
import type { StockStatus, StoredStock } from './stock-ledger.ts'
import { type NotReady, stockStatus } from './stock-status.ts'

export interface StatementParts {
  readonly book: StockBook
  readonly clock: Clock
  readonly head: { readonly writer: string; readonly term: number }
  readonly known: () => StoredStock
  readonly notReady: () => NotReady | undefined
  readonly spooled: () => number
}

/** What the next write of a stock's status says. */
export interface Statement {
  statusFor(attempt: number, pending: readonly Entry[]): StockStatus
  /** Whether conditions, level and counts would stay as they are stored. */
  isTold(): boolean
}

export function statement({ book, clock, head, known, notReady, spooled }: StatementParts): Statement {
  function statusFor(attempt: number, pending: readonly Entry[]): StockStatus {
    const { generation, status } = known()
    const why = notReady()
    return stockStatus({
      generation,
      terms: book.terms,
      balances: book.balances,
      waiting: book.waiting.length,
      head: { format: why?.reason === 'StatusLost' ? (status?.ledger.format ?? 0) : 1, ...head, attempt },
      pending,
      notReady: why,
      spooled: spooled(),
      before: status?.conditions ?? [],
      now: new Date(clock.now()).toISOString(),
    })
  }

  return {
    statusFor,
    isTold() {
      const { status } = known()
      if (status === undefined) return false
      const { ledger, ...said } = statusFor(0, [])
      const { ledger: before, ...stored } = status
      return ledger.format === before.format && sameValue(said, stored)
    },
  }
}
