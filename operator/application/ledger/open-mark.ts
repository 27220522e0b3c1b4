import type { StoredStock } from './stock-ledger.ts'

/**
 * What a stock is marked with as opened, before it has books. That of a stock whose books are rows is nobody's uid: to a
 * program that knows nothing of rows its books are lost, and it sells nothing of it.
 */
export function openMark({ uid, database }: Pick<StoredStock, 'uid' | 'database'>): string {
  return database === undefined ? uid : `${ROWS}${uid}`
}

const ROWS = 'postgres.'

/** The uid of the stock whose rows a mark tells of; undefined = it tells of books elsewhere. */
export function uidOfRows(mark: string): string | undefined {
  return mark.startsWith(ROWS) ? mark.slice(ROWS.length) : undefined
}
