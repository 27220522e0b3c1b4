import type pg from 'pg'
import type { ConnectionOptions } from './connection.ts'
import { poolAt } from './pool.ts'

/** Reads beside the books: few, and short, for an old snapshot slows all writers down. */
const MOST = 4
const LONGEST_MS = 5_000

const session = [
  `SET statement_timeout = ${LONGEST_MS}`,
  'SET default_transaction_read_only = on',
  "SET TimeZone = 'UTC'",
  'SET enable_seqscan = off', // plans are kept from when the tables were small, and would read them whole for ever
].join('; ')

/** Connections that only read. `check` is asked on each new one; what it throws is why that is not taken. */
export function readerPool(connection: ConnectionOptions, check: (client: pg.ClientBase) => Promise<void>): pg.Pool {
  return poolAt(connection, {
    ...{ max: MOST, connectionTimeoutMillis: LONGEST_MS, query_timeout: 2 * LONGEST_MS },
    application_name: 'kbnt-reader',
    async onConnect(client) {
      await client.query(session)
      await check(client)
    },
  })
}
