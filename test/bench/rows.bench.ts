import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ClientBase, Pool, QueryConfig } from 'pg'
import { PostgresBooks } from '../../operator/infrastructure/postgres/postgres-books.ts'
import { type OwnBooks, ownBooks } from './own-postgres.ts'
import type { Row } from './row.ts'
import { holdsFor, openStocks, pairsFor } from './row-holds.ts'

const PROCESSES = 4
const MANY_STOCKS = 1_000
const WARM_MS = 500

/** Statements of one transaction, in the order in which they were sent. */
type Transaction = QueryConfig[]

/** Durable holds by the ledger of rows, on a PostgreSQL of its own, beside the same statements sent by nobody in particular. */
export async function rowHolds(ms: number): Promise<Row[]> {
  const own = await ownBooks(PROCESSES)
  try {
    return await measure(own, ms)
  } finally {
    await own.close()
  }
}

async function measure({ pool, books, url }: OwnBooks, ms: number): Promise<Row[]> {
  const [stock = ''] = await openStocks(books, 1)
  const rate = async (stocks: readonly string[], clients: number) => {
    await holdsFor(books, stocks, { clients, ms: WARM_MS })
    return ((await holdsFor(books, stocks, { clients, ms })) / ms) * 1_000
  }
  const hundred = await rate([stock], 100)
  const fiveHundred = await rate([stock], 500)
  await pairsFor(books, stock, { clients: 500, ms: WARM_MS })
  const pairs = ((await pairsFor(books, stock, { clients: 500, ms })) / ms) * 1_000
  const recorded = await recordedRun(pool, stock, ms)
  const bare = await replayed(pool, recorded.transactions, recorded.held)
  const together = await byProcesses(url, stock, ms)
  const many = await rate(await openStocks(books, MANY_STOCKS), 500)
  return [
    { what: 'durable holds, one hot stock, 100 at once', measured: hundred, unit: '/s', bar: { atLeast: 15_000 } },
    { what: 'durable holds, one hot stock, 500 at once', measured: fiveHundred, unit: '/s', bar: { atLeast: 20_000 } },
    { what: 'held and then confirmed, 500 at once', measured: pairs, unit: '/s', bar: { atLeast: 15_000 } },
    {
      what: 'durable holds, beside the same statements alone',
      ...{ measured: recorded.rate, unit: '/s', bare, bar: { atLeast: 0.7 } },
      note: `${recorded.transactions.length} transactions of ${Math.round(recorded.held / recorded.transactions.length)} holds`,
    },
    {
      what: `the same stock by ${PROCESSES} processes, beside one`,
      ...{ measured: together, unit: '/s', bare: fiveHundred, bar: { atLeast: 0.8 } },
    },
    {
      what: `${MANY_STOCKS} stocks, beside one`,
      ...{ measured: many, unit: '/s', bare: fiveHundred, bar: { atLeast: 0.7 } },
    },
  ]
}

/** A run whose statements are kept. */
async function recordedRun(pool: Pool, stock: string, ms: number) {
  const transactions: Transaction[] = []
  const held = await holdsFor(new PostgresBooks(recording(pool, transactions)), [stock], { clients: 500, ms })
  return { transactions, held, rate: (held / ms) * 1_000 }
}

function recording(pool: Pool, into: Transaction[]): Pool {
  return {
    query: pool.query.bind(pool),
    async connect() {
      const client = await pool.connect()
      const statements: Transaction = []
      return {
        query(statement: QueryConfig) {
          // in the order in which they had the lock, which is not that in which they asked for it
          if (isWrite(statement) && !statements.some(isWrite)) into.push(statements)
          statements.push({ ...statement })
          return client.query(statement)
        },
        on: client.on.bind(client),
        off: client.off.bind(client),
        release: client.release.bind(client),
      }
    },
  } as unknown as Pool
}

/** Holds a second of the same transactions, in two trips each as they were, after what they wrote is taken away. */
async function replayed(pool: Pool, transactions: readonly Transaction[], held: number): Promise<number> {
  const client = await pool.connect()
  try {
    await client.query('TRUNCATE kbnt.claim, kbnt.request_key, kbnt.record')
    const startedAt = performance.now()
    for (const statements of transactions) await inTwoTrips(client, statements)
    return (held / (performance.now() - startedAt)) * 1_000
  } finally {
    client.release()
  }
}

async function inTwoTrips(client: ClientBase, statements: Transaction): Promise<void> {
  const second = statements.findIndex(isWrite)
  for (const trip of [statements.slice(0, second), statements.slice(second)])
    await Promise.all(trip.map((statement) => client.query({ ...statement })))
}

function isWrite({ name = '' }: QueryConfig): boolean {
  return name.startsWith('write-')
}

async function byProcesses(url: string, stock: string, ms: number): Promise<number> {
  const program = join(import.meta.dirname, 'rows-writer.ts')
  const run = promisify(execFile)
  const each = String(500 / PROCESSES)
  const said = await Promise.all(
    Array.from({ length: PROCESSES }, () =>
      run(process.execPath, [program, url, stock, each, String(WARM_MS), String(ms)]),
    ),
  )
  return (said.reduce((sum, { stdout }) => sum + Number(stdout), 0) / ms) * 1_000
}
