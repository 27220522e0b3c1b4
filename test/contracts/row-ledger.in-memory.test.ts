import { inMemoryRows } from '../fakes/in-memory-rows.ts'
import { tenOClock } from '../fixtures/builders.ts'
import { rowLedgerContract } from './row-ledger.contract.ts'

const DAY_MS = 24 * 3_600_000
let now = tenOClock
const books = inMemoryRows(now)

rowLedgerContract('in memory', () => ({
  books,
  rows: async () => books.rows(),
  letTimePass: async () => {
    now += DAY_MS
    books.setTime(now)
  },
}))
