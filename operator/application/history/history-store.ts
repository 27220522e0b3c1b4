import type { HistoryFinding } from '../../domain/history/fold-history.ts'
import type { HistoryRow } from '../../domain/history/history-row.ts'

export type Stored =
  /** All of them are kept. `rows`: how many of them are new. */
  | { readonly kind: 'stored'; readonly rows: number; readonly findings: readonly HistoryFinding[] }
  /** It took too long, and may be kept or not: with fewer at once it may not. */
  | { readonly kind: 'late'; readonly reason: string }
  /** None is: the database never takes at least one of them. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Rows that one `store` is given, at most. */
export const MOST_ROWS = 2_000

/** Where histories are kept. */
export interface HistoryStore {
  /**
   * Keeps rows, of any stocks and in any order, all of them or none; those that are there already change nothing. Throws
   * where it can't be told whether they are kept: then the same may be stored again.
   */
  store(rows: readonly HistoryRow[]): Promise<Stored>
}
