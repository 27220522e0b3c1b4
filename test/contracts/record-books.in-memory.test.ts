import { inMemoryRecords } from '../fakes/in-memory-records.ts'
import { recordBooksContract } from './record-books.contract.ts'

const records = inMemoryRecords()

recordBooksContract('in memory', () => ({
  records,
  aStock: async () => records.open(),
  write: async (stock, entries) => records.write(stock, entries),
  take: async (stock, first) => records.take(stock, first),
}))
