import { type Found, NotWritten, OutcomeUnknown, type RowBooks } from '../../../operator/application/rows/row-books.ts'
import type { RowsWithout } from '../../fakes/in-memory-tables.ts'

/** One thing that is done wrong on purpose. */
export interface RowBreakage {
  readonly name: string
  /** What the database lacks. */
  readonly without?: RowsWithout
  /** How a process gets its books wrong. */
  readonly books?: (books: RowBooks) => RowBooks
  /** Clients ask under another uid each time. */
  readonly newUids?: true
}

type Decide = Parameters<RowBooks['transact']>[1]

function decidingOn(change: (found: Found) => Found) {
  return (books: RowBooks): RowBooks => ({
    ...books,
    transact: (wanted, decide) => books.transact(wanted, (found) => decide(change(found))),
  })
}

function writing(change: (changes: NonNullable<ReturnType<Decide>>) => ReturnType<Decide>) {
  return (books: RowBooks): RowBooks => ({
    ...books,
    transact: (wanted, decide) =>
      books.transact(wanted, (found) => {
        const changes = decide(found)
        return changes && change(changes)
      }),
  })
}

/** Not so much that the process itself would see it. */
const CLOCK_AHEAD_MS = 4_000

export const rowBreakages: readonly RowBreakage[] = [
  { name: 'transactions that do not lock', without: { locks: true, constraints: true } },
  {
    name: 'an answer before the commit',
    books: (books) => ({
      ...books,
      transact: (wanted, decide) =>
        books.transact(wanted, decide).catch((error) => {
          if (!(error instanceof NotWritten || error instanceof OutcomeUnknown)) throw error
        }),
    }),
  },
  {
    name: 'an unknown outcome that is taken for a failure',
    books: (books) => ({
      ...books,
      transact: (wanted, decide) =>
        books.transact(wanted, decide).catch((error) => {
          throw error instanceof OutcomeUnknown ? new Error('it has failed') : error
        }),
    }),
  },
  { name: 'uids that are not made from the key', newUids: true },
  {
    name: 'time by the clock of the process',
    books: decidingOn((found) => ({ ...found, at: found.at + CLOCK_AHEAD_MS })),
  },
  { name: 'keys that are not kept', books: writing((changes) => ({ ...changes, keys: [] })) },
  { name: 'units of consumers that are not counted', books: writing((changes) => ({ ...changes, units: [] })) },
  { name: 'ends that are not written', books: writing((changes) => ({ ...changes, gone: [] })) },
]
