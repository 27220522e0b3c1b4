import { writeSync } from 'node:fs'
import { PostgresBooks } from '../../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'

/** A process that freezes with a stock locked, between the two trips of its transaction: by its arguments, url and stock. */
const [url = '', stock = ''] = process.argv.slice(2)
const books = new PostgresBooks(writerPool({ connection: { url }, lanes: 1 }))
await books.transact({ stocks: [stock], existing: [], ordered: [], consumers: [] }, () => {
  writeSync(1, 'locked\n')
  process.kill(process.pid, 'SIGSTOP')
  return undefined
})
