import pg from 'pg'
import type { Miscounted, RowFacts, RowStockFacts, StrayClaims } from '../../application/audit/row-facts.ts'
import { messageOf } from '../../application/message-of.ts'
import { auditing } from './audit-statements.ts'
import { type ConnectionOptions, connectionConfig } from './connection.ts'
import { types } from './pool.ts'

const CONNECTED_WITHIN_MS = 5_000
/** Of each statement: it may read millions of rows, and nobody waits for it. */
const READ_WITHIN_MS = 10 * 60_000

export interface RowReading {
  readonly connection: ConnectionOptions
  /** The database's name in the settings. */
  readonly database: string
  /** By how much a hold may be past its deadline, and a mirror behind. */
  readonly lateMs: number
}

interface StockColumns extends Pick<RowStockFacts, 'uid' | 'namespace' | 'name' | 'state' | 'quantity' | 'reserved'> {
  readonly safety: number
  readonly confirmed: number
  readonly ceiling: number
  readonly sequence: number
  readonly lends: boolean
  readonly sold: number
  readonly claims: number
  readonly counted: number
  readonly claims_reserved: number
  readonly claims_confirmed: number
  readonly late: number
  readonly first_deadline: Date | null
  readonly delivered: number
  readonly waiting: number
  readonly last: number
  readonly old: number
}

interface GapColumns {
  readonly stock: string
  readonly after: number
  readonly next: number
  readonly gaps: number
}

type MiscountedColumns = Miscounted & { readonly stock: string }

/**
 * Counts what a database has, as of one moment, without reading any row out; a database without tables has nothing. Throws
 * where it can't be read, and where it is a replica, which may be behind.
 */
export async function readRowFacts({ connection, database, lateMs }: RowReading): Promise<RowFacts> {
  const client = new pg.Client({
    ...connectionConfig(connection),
    ...{ types, keepAlive: true, application_name: 'kbnt-audit' },
    connectionTimeoutMillis: CONNECTED_WITHIN_MS,
    query_timeout: READ_WITHIN_MS + CONNECTED_WITHIN_MS,
  })
  client.on('error', () => undefined) // whatever is asked next fails by it
  try {
    await client.connect()
    return await read(client, database, lateMs)
  } catch (error) {
    throw new Error(`database ${database} can't be read: ${messageOf(error)}`, {
      cause: error,
    })
  } finally {
    await client.end()
  }
}

async function read(client: pg.Client, database: string, lateMs: number): Promise<RowFacts> {
  const all = async <T extends object>(text: string, values: readonly unknown[] = []) =>
    (await client.query<T>(text, [...values])).rows
  await client.query(`SET statement_timeout = ${READ_WITHIN_MS}; SET transaction_timeout = 0; SET TimeZone = 'UTC'`)
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const [server] = await all<{ replica: boolean; tables: boolean }>(
    "SELECT pg_is_in_recovery() AS replica, to_regclass('kbnt.record') IS NOT NULL AS tables",
  )
  if (server?.replica) throw new Error('this server is a replica, which may be behind: name the primary')
  if (!server?.tables) return { database, remembersAll: true, stocks: [], strays: [] }
  const [remembers] = await all<{ all: boolean }>(auditing.remembers)
  const stocks = await all<StockColumns>(auditing.stocks, [lateMs])
  const strays = await all<StrayClaims>(auditing.strays)
  const gaps = new Map((await all<GapColumns>(auditing.gaps)).map((gap) => [gap.stock, gap]))
  const miscounted = new Map((await all<MiscountedColumns>(auditing.miscounted)).map((one) => [one.stock, one]))
  await client.query('COMMIT')
  return {
    database,
    remembersAll: remembers?.all ?? false,
    stocks: stocks.map((row) => stockFacts(row, gaps.get(row.uid), miscounted.get(row.uid))),
    strays,
  }
}

function stockFacts(
  row: StockColumns,
  gap: GapColumns | undefined,
  miscounted: MiscountedColumns | undefined,
): RowStockFacts {
  const { uid, namespace, name, state, quantity, reserved, confirmed, ceiling, sequence, lends, sold } = row
  return {
    ...{ uid, namespace, name, state, quantity, reserved, confirmed, ceiling, sequence, lends, sold },
    safetyStock: row.safety,
    claims: {
      ...{ count: row.claims, counted: row.counted },
      reserved: row.claims_reserved,
      confirmed: row.claims_confirmed,
      late: row.late,
      ...(row.first_deadline && { firstDeadline: row.first_deadline.getTime() }),
    },
    outbox: {
      delivered: row.delivered,
      entries: row.waiting,
      last: row.last,
      gaps: gap?.gaps ?? 0,
      ...(gap && { firstGap: { after: gap.after, next: gap.next } }),
    },
    oldSequence: row.old,
    ...(miscounted && { miscounted }),
  }
}
