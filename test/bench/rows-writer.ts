import { PostgresBooks } from '../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../operator/infrastructure/postgres/writer-pool.ts'
import { holdsFor } from './row-holds.ts'

/** A process that holds at one stock for a while, by its arguments: url, stock, clients, milliseconds. Says how often. */
const [url = '', stock = '', clients = '', ms = ''] = process.argv.slice(2)
const pool = writerPool({ connection: { url }, lanes: 1 })
const held = await holdsFor(new PostgresBooks(pool), [stock], { clients: Number(clients), ms: Number(ms) })
await pool.end()
process.stdout.write(`${held}\n`)
