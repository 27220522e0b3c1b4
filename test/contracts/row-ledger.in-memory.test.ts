import { inMemoryRows } from '../fakes/in-memory-rows.ts'
import { tenOClock } from '../fixtures/builders.ts'
import { objectRowsContract } from './object-rows.contract.ts'
import { overRowsContract } from './over-rows.contract.ts'
import { type RowWorld, rowLedgerContract } from './row-ledger.contract.ts'

const DAY_MS = 24 * 3_600_000
let now = tenOClock
const books = inMemoryRows(now)

const world = (): RowWorld => ({
  books,
  rows: async () => books.rows(),
  letTimePass: async () => {
    now += DAY_MS
    books.setTime(now)
  },
})

rowLedgerContract('in memory', world)
objectRowsContract('in memory', world)
overRowsContract('in memory', world)
