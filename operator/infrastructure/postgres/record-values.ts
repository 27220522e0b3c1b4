import type { Changes, Told } from '../../application/rows/row-books.ts'

/** What one record may carry. */
const MOST_ENTRIES = 500
const MOST_BYTES = 256 * 1024

type StockEntries = Changes['entries'][number]

/** Cuts the entries of a transaction into records, as rows: stock, first and last sequence, bytes, entries as JSON. */
export function recordValues(entries: readonly StockEntries[]): (readonly unknown[])[] {
  return entries.flatMap(({ stock, told }) => cut(told).map((record) => [stock, ...record]))
}

function cut(told: readonly Told[]): (readonly unknown[])[] {
  const records: (readonly unknown[])[] = []
  let texts: string[] = []
  let bytes = 0
  let first = 0
  const close = (last: number) => {
    if (texts.length > 0) records.push([first, last, bytes, `[${texts.join(',')}]`])
    texts = []
    bytes = 0
  }
  for (const one of told) {
    const { sequence } = one.entry
    const text = textOf(one)
    const size = Buffer.byteLength(text) + 1
    if (texts.length === MOST_ENTRIES || bytes + size > MOST_BYTES) close(sequence - 1)
    if (texts.length === 0) first = sequence
    texts.push(text)
    bytes += size
  }
  const last = told.at(-1)
  if (last) close(last.entry.sequence)
  return records
}

function textOf({ entry, about }: Told): string {
  if (!about) return JSON.stringify(entry)
  const { consumer, requestId, note } = about
  return JSON.stringify({ ...entry, consumer, requestId, note })
}
