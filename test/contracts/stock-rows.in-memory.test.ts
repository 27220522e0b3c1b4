import { rowBooksIn } from '../fakes/in-memory-rows.ts'
import { inMemoryStockRows } from '../fakes/in-memory-stock-rows.ts'
import { InMemoryTables } from '../fakes/in-memory-tables.ts'
import { stockRowsContract } from './stock-rows.contract.ts'

const tables = new InMemoryTables(Date.now)
const [rows, books] = [inMemoryStockRows(tables), rowBooksIn(tables)]

stockRowsContract('in memory', () => ({
  ...{ rows, books },
  stored: async () => tables.rows(),
  deliver: async (stock) => void tables.delivered.set(stock, tables.stocks.get(stock)?.balances.sequence ?? 0),
}))
