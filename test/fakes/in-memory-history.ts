import type { HistoryStore } from '../../operator/application/history/history-store.ts'
import { foldHistory, type HistoryFinding } from '../../operator/domain/history/fold-history.ts'
import { eventIdOf, type HistoryRow } from '../../operator/domain/history/history-row.ts'

export interface InMemoryHistory extends HistoryStore {
  /** By the id of their events. */
  readonly rows: ReadonlyMap<string, HistoryRow>
  readonly findings: readonly HistoryFinding[]
  /** Rows that it never takes. */
  refuses(isMeant: (row: HistoryRow) => boolean): void
  /** Thrown instead of an answer; undefined = no longer. */
  fail(error: Error | undefined): void
  /** More rows than these take too long. */
  most: number
  /** How many rows each call had. */
  readonly calls: readonly number[]
}

export function inMemoryHistory(): InMemoryHistory {
  const rows = new Map<string, HistoryRow>()
  const last = new Map<string, HistoryRow>()
  const findings: HistoryFinding[] = []
  const calls: number[] = []
  let isRefused: (row: HistoryRow) => boolean = () => false
  let fault: Error | undefined
  const history: InMemoryHistory = {
    most: Number.POSITIVE_INFINITY,
    rows,
    findings,
    calls,
    refuses(isMeant) {
      isRefused = isMeant
    },
    fail(error) {
      fault = error
    },
    async store(given) {
      calls.push(given.length)
      if (fault) throw fault
      if (given.length > history.most) return { kind: 'late', reason: 'it took too long' }
      if (given.some(isRefused)) return { kind: 'refused', reason: 'the database refuses it' }
      const change = foldHistory({ last, present: rows }, given)
      for (const row of change.rows) rows.set(eventIdOf(row), row)
      for (const row of change.last) last.set(row.stock, row)
      findings.push(...change.findings)
      return { kind: 'stored', rows: change.rows.length, findings: change.findings }
    },
  }
  return history
}
