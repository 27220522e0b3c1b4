import type pg from 'pg'
import { PlainFault } from '../../application/rows/failure.ts'
import type { ConnectionOptions } from './connection.ts'
import { poolAt } from './pool.ts'

export interface PoolOptions {
  readonly connection: ConnectionOptions
  /** Of the ledger that writes through it: each has two transactions at once, and some look-ups need one, too. */
  readonly lanes: number
  /** Asked on each new connection; what it throws is why that is not taken. */
  readonly check?: (client: pg.ClientBase) => Promise<void>
}

/** `transaction_timeout` came with it; without it a process that freezes in the middle of a trip holds its stocks. */
const OLDEST = 17
/** A connection that answers nothing for so long is closed: longer than any session may keep its locks. */
export const ANSWERED_WITHIN_MS = 5_000

/** The driver's own time-out of one query, of which the type of a query knows nothing. */
export function within(ms: number): { readonly query_timeout: number } {
  return { query_timeout: ms }
}

/** Times within which a session's locks come and go, whatever becomes of the process that has them. */
const session = [
  'SET transaction_timeout = 2000', // not of a commit that waits for its standby, which no time-out but a dead wire ends
  'SET statement_timeout = 0', // whatever the role or the database has
  'SET idle_in_transaction_session_timeout = 1000',
  'SET lock_timeout = 1000',
  'SET synchronous_commit = on',
  'SET client_min_messages = warning', // a commit that waited for its standby in vain says so in a warning only
  "SET DateStyle = 'ISO'",
  "SET TimeZone = 'UTC'",
  'SET plan_cache_mode = force_generic_plan', // arrays of any length have one plan; planning costs more than these do
  'SET enable_seqscan = off', // plans are kept from when the tables were small, and would read them whole for ever
].join('; ')

/** Connections for writing, in pipeline mode. One that can't be written through is not taken: its session says why. */
export function writerPool({ connection, lanes, check }: PoolOptions): pg.Pool {
  return poolAt(connection, {
    ...{ max: 2 * lanes + 4, pipeline: true, connectionTimeoutMillis: ANSWERED_WITHIN_MS },
    query_timeout: ANSWERED_WITHIN_MS,
    application_name: 'kbnt',
    async onConnect(client) {
      await prepare(client)
      await check?.(client)
    },
  })
}

/** One trip: what we must know of a server, and what it must know of us. */
async function prepare(client: pg.ClientBase): Promise<void> {
  const asked = client.query<{ version: number; is_replica: boolean }>(
    "SELECT current_setting('server_version_num')::integer / 10000 AS version, pg_is_in_recovery() AS is_replica",
  )
  const set = client.query(session)
  set.catch(() => undefined) // an older one does not know all of it; who it is tells why
  const { version = 0, is_replica: isReplica } = (await asked).rows[0] ?? {}
  if (version < OLDEST)
    throw new PlainFault(
      `this is PostgreSQL ${version}, and ${OLDEST} or newer is needed: before, a process that freezes keeps its stocks locked for ever. Upgrade the server`,
    )
  if (isReplica) throw new PlainFault('this server is a replica, which takes no writes: name the primary')
  await set
}
