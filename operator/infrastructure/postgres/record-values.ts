import type { Changes, Told } from '../../application/rows/row-books.ts'
import { recordEntry } from '../../domain/event/record-entry.ts'

/** What one record may carry. */
const MOST_ENTRIES = 500
const MOST_BYTES = 256 * 1024
const BRACKET = 1

type StockEntries = Changes['entries'][number]

export interface RecordValues {
  /** Stock, first and last sequence, bytes, time of the last entry, whether some are about the stock, entries as JSON. */
  readonly rows: readonly (readonly unknown[])[]
  /** Of all records of a stock; 0 = it has none among these. */
  bytesOf(stock: string): number
}

/** Cuts the entries of a transaction into records. */
export function recordValues(entries: readonly StockEntries[]): RecordValues {
  const bytes = new Map<string, number>()
  const rows = entries.flatMap(({ stock, told }) =>
    cut(told).map(({ texts, size, first, last, tellsStock }) => {
      bytes.set(stock, (bytes.get(stock) ?? 0) + size)
      return [stock, first, last.entry.sequence, size, Date.parse(last.entry.at), tellsStock, `[${texts.join(',')}]`]
    }),
  )
  return { rows, bytesOf: (stock) => bytes.get(stock) ?? 0 }
}

interface Cut {
  readonly texts: string[]
  readonly first: number
  size: number
  last: Told
  tellsStock: boolean
}

function cut(told: readonly Told[]): Cut[] {
  const records: Cut[] = []
  let open: Cut | undefined
  for (const one of told) {
    const text = JSON.stringify(recordEntry(one.entry, one.about))
    const size = Buffer.byteLength(text) + 1 // the comma after it, or the bracket
    if (!open || open.texts.length === MOST_ENTRIES || open.size + size > MOST_BYTES) {
      open = { texts: [], first: one.entry.sequence, size: BRACKET, last: one, tellsStock: false }
      records.push(open)
    }
    open.texts.push(text)
    open.size += size
    open.last = one
    open.tellsStock ||= one.entry.uid === undefined
  }
  return records
}
