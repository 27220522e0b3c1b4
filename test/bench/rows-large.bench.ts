import pg from 'pg'
import { PostgresBooks } from '../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../operator/infrastructure/postgres/writer-pool.ts'
import { anOrder, rowLedger } from '../fixtures/row-orders.ts'
import { type OwnBooks, ownBooks } from './own-postgres.ts'
import type { Row } from './row.ts'
import { holdsFor, openStocks } from './row-holds.ts'

const FEW = 10_000
const WARM_MS = 500
const CLIENTS = 500
/** Rows of one statement: none may take too long. */
const CHUNK = 100_000

/** Holds of one stock beside many that live, from a start on them, and while somebody keeps an old snapshot open. */
export async function manyRows(count: number, ms: number): Promise<Row[]> {
  const own = await ownBooks()
  try {
    const [stock = ''] = await openStocks(own.books, 1)
    await live(own, stock, FEW)
    const few = await rate(own, stock, ms)
    await live(own, stock, count - FEW)
    const seconds = await untilServing(own, stock)
    const many = await rate(own, stock, ms)
    const watched = await withOldSnapshot(own, () => rate(own, stock, ms))
    return [
      {
        ...{ what: `durable holds beside ${count} live ones`, measured: many, unit: '/s', bare: few },
        ...{ bar: { atLeast: 0.8 }, note: `beside the same with ${FEW}` },
      },
      { what: 'start to serving beside them', measured: seconds, unit: ' s', bar: { atMost: 5 } },
      {
        ...{ what: 'durable holds while an old snapshot is open', measured: watched, unit: '/s', bare: many },
        ...{ bar: 'none', note: 'beside the same without' },
      },
    ]
  } finally {
    await own.close()
  }
}

async function rate({ books }: OwnBooks, stock: string, ms: number): Promise<number> {
  await holdsFor(books, [stock], { clients: CLIENTS, ms: WARM_MS })
  return ((await holdsFor(books, [stock], { clients: CLIENTS, ms })) / ms) * 1_000
}

/** Makes so many holds as the ledger would have made them, with uids as good as hashes. */
async function live({ url }: OwnBooks, stock: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (let left = count; left > 0; left -= CHUNK) await holdTogether(client, stock, Math.min(CHUNK, left))
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
}

async function holdTogether(client: pg.Client, stock: string, count: number): Promise<void> {
  await client.query(
    `WITH made AS (
       SELECT gen_random_uuid() AS uid, n FROM generate_series(1, $2::integer) AS n
     ), keyed AS (
       INSERT INTO kbnt.request_key (uid, fingerprint, day) SELECT uid, 'this', current_date FROM made
     ), held AS (
       INSERT INTO kbnt.claim (uid, stock, namespace, name, source, phase, quantity, sequence, since, deadline)
       SELECT uid, $1::uuid, 'shop', 'order-' || uid, 'http', 'Reserved', 1, n, now(), now() + interval '1 day' FROM made
     )
     UPDATE kbnt.stock SET reserved = reserved + $2::integer WHERE uid = $1::uuid`,
    [stock, count],
  )
}

/** Seconds until a process that knows of nothing has held something. */
async function untilServing({ url }: OwnBooks, stock: string): Promise<number> {
  const startedAt = performance.now()
  const pool = writerPool({ connection: { url }, lanes: 2 })
  await rowLedger(new PostgresBooks(pool)).order(anOrder(stock))
  const seconds = (performance.now() - startedAt) / 1_000
  await pool.end()
  return seconds
}

async function withOldSnapshot<T>({ url }: OwnBooks, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await client.query('SELECT 1 FROM kbnt.stock')
    return await work()
  } finally {
    await client.end()
  }
}
