import { PostgresBooks } from '../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../operator/infrastructure/postgres/writer-pool.ts'
import { holdsFor } from './row-holds.ts'

/** A process that holds at one stock for a while, by its arguments: url, stock, clients, milliseconds to warm up, and to count. Says how often. */
const [url = '', stock = '', clients = '', warmMs = '', ms = ''] = process.argv.slice(2)
const pool = writerPool({ connection: { url }, lanes: 1 })
const books = new PostgresBooks(pool)
await holdsFor(books, [stock], { clients: Number(clients), ms: Number(warmMs) })
const held = await holdsFor(books, [stock], { clients: Number(clients), ms: Number(ms) })
await pool.end()
process.stdout.write(`${held}\n`)
