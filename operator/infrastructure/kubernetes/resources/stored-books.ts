import type { StockStatus } from '../../../application/ledger/stock-ledger.ts'
import type { Entry } from '../../../domain/stock/entry.ts'
import { levels } from '../../../domain/stock/level.ts'
import { entryOf } from './entry-text.ts'
import type { VirtualStockStatus } from './generated/virtual-stock.ts'
import { countOf, listOf, objectOf, oneOf, risingCountOf, timeOf, Unreadable, wordOf } from './readable.ts'

/** The latest version of the ledger's format that this operator reads. */
const FORMAT = 1

/** The status, when all that a leader goes on from is there. Throws Unreadable. */
export function booksFromStatus({ ledger, ...status }: VirtualStockStatus): StockStatus {
  for (const counter of ['quantity', 'reserved', 'confirmed', 'available'] as const)
    countOf(status[counter], `status.${counter}`)
  oneOf(levels, status.level, 'status.level')
  const head = headFrom(objectOf(ledger, 'status.ledger'))
  const { conditions = [] } = status // they may be missing where somebody restored a status by hand
  return { ...status, conditions, ledger: { ...ledger, ...head } } as unknown as StockStatus
}

function headFrom({ format, term, writer, attempt, sequence, at, pending = [] }: Readonly<Record<string, unknown>>) {
  if (countOf(format, 'status.ledger.format') > FORMAT)
    throw new Unreadable(`status.ledger.format is ${format}: a later version of the operator wrote it; run that one`)
  return {
    term: risingCountOf(term, 'status.ledger.term'),
    writer: wordOf(writer, 'status.ledger.writer'),
    attempt: countOf(attempt, 'status.ledger.attempt'),
    sequence: risingCountOf(sequence, 'status.ledger.sequence'),
    at: timeOf(at, 'status.ledger.at'),
    pending: entriesFrom(listOf(pending, 'status.ledger.pending'), sequence as number),
  }
}

/** The journal: each number above the one before, none above that of the latest entry. Throws Unreadable. */
function entriesFrom(pending: readonly unknown[], latest: number): Entry[] {
  let before = 0
  return pending.map((line) => {
    const entry = entryFrom(line)
    const { sequence } = entry
    if (sequence <= before || sequence > latest)
      throw new Unreadable(
        `the journal has entry ${sequence} after entry ${before}, and the latest of all is ${latest}: ` +
          'restore the status of the stock from a backup',
      )
    before = sequence
    return entry
  })
}

function entryFrom(line: unknown): Entry {
  try {
    return entryOf(wordOf(line, 'status.ledger.pending'))
  } catch (error) {
    throw new Unreadable(`the journal has a line that can't be read: ${(error as Error).message}`)
  }
}
