import assert from 'node:assert/strict'
import pg from 'pg'
import { type Changes, type Found, NotWritten, Oversold } from '../../../operator/application/rows/row-books.ts'
import type { StockTerms } from '../../../operator/domain/stock/terms.ts'
import { migrate } from '../../../operator/infrastructure/postgres/migrate.ts'
import { PostgresBooks } from '../../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { objectRowsContract } from '../../contracts/object-rows.contract.ts'
import { type RowWorld, rowLedgerContract } from '../../contracts/row-ledger.contract.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('Books in PostgreSQL', () => {
  let url: string
  let database: RowDatabase

  before(async function () {
    this.timeout(60_000)
    url = (await testbed().ownPostgres()).url
    database = await rowDatabase(url)
  })
  after(() => database.close())

  const world = (): RowWorld => ({
    books: database.books,
    rows: () => database.rows(),
    letTimePass: async () => void (await database.sql("UPDATE kbnt.claim SET deadline = deadline - interval '1 day'")),
  })
  rowLedgerContract('on a real server', world)
  objectRowsContract('on a real server', world)

  const aStock = (quantity = 5) => aRowStock(database.books, { quantity })

  it('are made by whoever comes first, and stay as they are for whoever comes later', async () => {
    const clients = [1, 2, 3].map(() => new pg.Client({ connectionString: url }))
    await Promise.all(clients.map((client) => client.connect()))
    const migrated = await Promise.all(clients.map((client) => migrate(client)))
    assert.deepEqual(new Set(migrated.map(({ from, to }) => from === to)), new Set([true]))
    await Promise.all(clients.map((client) => client.end()))
  })

  it('are left alone by a program that is older than they are', async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('INSERT INTO kbnt.version VALUES (1000, now(), 1000)')
    await assert.rejects(migrate(client), /of version 1000, .* and this program knows them up to \d+/)
    await client.query('DELETE FROM kbnt.version WHERE number = 1000')
    await client.end()
  })

  it('refuse to be oversold, whatever a program decides, and name the stock', async () => {
    const uid = await aStock()
    const wanted = { stocks: [uid], existing: [], ordered: [], consumers: [] }
    const sellsTooMany = ({ stocks: [row] }: Found): Changes => {
      const balances = { ...(row as NonNullable<typeof row>).balances, reserved: 6, sequence: 2 }
      const none = {
        keys: [],
        claims: [],
        changed: [],
        gone: [],
        finished: [],
        reopened: [],
        units: [],
        entries: [],
        setBack: [],
      }
      return { ...none, stocks: [{ uid, balances, ceiling: 0 }] }
    }
    const error = await database.books.transact(wanted, sellsTooMany).catch((reason: unknown) => reason)
    assert.ok(error instanceof Oversold, String(error))
    assert.equal(error.stock, uid)
  })

  it('take their time from the database, under the lock', async () => {
    const uid = await aStock()
    let at = 0
    const look = ({ at: found }: Found) => {
      at = found
      return undefined
    }
    await database.books.transact({ stocks: [uid], existing: [], ordered: [], consumers: [] }, look)
    const [row] = await database.sql<{ now: Date }>('SELECT clock_timestamp() AS now')
    assert.ok(Math.abs((row?.now.getTime() ?? 0) - at) < 5_000)
  })

  it('change nothing where deciding fails, and go on', async () => {
    const uid = await aStock()
    const fails = () => {
      throw new Error('a fault of ours')
    }
    await assert.rejects(
      database.books.transact({ stocks: [uid], existing: [], ordered: [], consumers: [] }, fails),
      /of ours/,
    )
    assert.equal(standing(await rowLedger(database.books).order(anOrder(uid))).phase, 'Reserved')
  })

  it('give up on a lock that somebody keeps, with nothing done', async () => {
    const uid = await aStock()
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM kbnt.stock WHERE uid = $1 FOR UPDATE', [uid])
    const asks = database.books.transact({ stocks: [uid], existing: [], ordered: [], consumers: [] }, () => undefined)
    await assert.rejects(asks, (error: unknown) => error instanceof NotWritten && /lock timeout/.test(error.message))
    await holder.query('ROLLBACK')
    await holder.end()
  })

  it('name the stocks whose rows somebody has, and keep none of the others locked', async () => {
    const [locked, free, other] = [await aStock(), await aStock(), await aStock()]
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM kbnt.stock WHERE uid = $1 FOR UPDATE', [locked])
    const wanted = { stocks: [locked, free, other], existing: [], ordered: [], consumers: [] }
    await assert.rejects(
      database.books.transact(wanted, () => undefined),
      (error: unknown) => {
        assert.ok(error instanceof NotWritten)
        assert.deepEqual([error.trouble, error.stocks], ['stocks', [locked]])
        return true
      },
    )
    await holder.query('SELECT 1 FROM kbnt.stock WHERE uid = ANY ($1) FOR UPDATE NOWAIT', [[free, other]])
    await holder.end()
  })

  it('find what is over stock by stock, the oldest of each first, and leave out those that are named', async () => {
    const ledger = rowLedger(database.books)
    const [first, second, last] = [await aStock(), await aStock(), await aStock()]
    const hold = async (stock: string, ttlMs: number) => {
      const order = anOrder(stock, { ttlMs })
      await ledger.order(order)
      return { uid: order.uid, stock }
    }
    const ofFirst = [await hold(first, 60_000), await hold(first, 61_000)]
    const [ofSecond, ofLast] = [await hold(second, 62_000), await hold(last, 63_000)]
    await world().letTimePass()
    const before = (await database.books.over(10_000, [first, second, last])).map(({ stock }) => stock)
    assert.ok(![first, second, last].some((stock) => before.includes(stock)))
    const over = (...without: string[]) => database.books.over(10_000, [...before, ...without])
    assert.deepEqual(await over(), [ofFirst[0], ofSecond, ofLast, ofFirst[1]])
    assert.deepEqual(await over(first), [ofSecond, ofLast])
  })

  it('answer an order that one entry spoils to all others', async () => {
    const uid = await aStock()
    const spoilt = anOrder(uid, { about: { name: 'a\u0000b' } }) // PostgreSQL's text can't have it
    const orders = [anOrder(uid), spoilt, anOrder(uid)]
    const ledger = rowLedger(database.books)
    const answers = await Promise.allSettled(orders.map((order) => ledger.order(order)))
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
  })

  it('are opened although what they are of has a NUL and half of a surrogate pair, which jsonb refuses', async () => {
    const statedChanges = [{ reason: 'a\u0000\udc00b' }]
    const uid = await aRowStock(database.books, { product: 'a\u0000b', unit: '\ud800', statedChanges })
    const [row] = await database.sql<{ terms: StockTerms }>('SELECT terms FROM kbnt.stock WHERE uid = $1', [uid])
    const { product, unit, statedChanges: stated } = row?.terms ?? {}
    assert.deepEqual([product, unit, stated], ['a\ufffdb', '\ufffd', [{ reason: 'a\ufffd\ufffdb' }]])
    assert.equal(standing(await rowLedger(database.books).order(anOrder(uid))).phase, 'Reserved')
  })

  it('suffer nothing from one whose records are in disorder', async () => {
    const [sick, well] = [await aStock(), await aStock()]
    await database.sql("INSERT INTO kbnt.record VALUES ($1, 2, 2, 2, now(), false, '[]')", [sick])
    const ledger = rowLedger(database.books)
    const answers = await Promise.allSettled([well, sick, well].map((uid) => ledger.order(anOrder(uid))))
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    await database.sql('DELETE FROM kbnt.record WHERE stock = $1 AND first = 2', [sick])
  })

  it('get their days while somebody reads those that are there', async () => {
    const [reader, maker] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
    await Promise.all([reader.connect(), maker.connect()])
    await reader.query('BEGIN')
    await reader.query('SELECT count(*) FROM kbnt.finished')
    await maker.query('SELECT kbnt.add_days(20)')
    await reader.query('ROLLBACK')
    await Promise.all([reader.end(), maker.end()])
  })

  it('are away for whoever may not come in', async () => {
    const stranger = new URL(url)
    stranger.username = 'stranger'
    const pool = writerPool({ connection: { url: stranger.href }, lanes: 1 })
    await assert.rejects(new PostgresBooks(pool).over(1, []), NotWritten)
    await pool.end()
  })

  it('cut what is to be sent into records of at most 500 entries', async () => {
    const uid = await aStock(2_000)
    const ledger = rowLedger(database.books)
    await Promise.all(Array.from({ length: 1_200 }, () => ledger.order(anOrder(uid))))
    const records = await database.sql<{ first: number; last: number; entries: string }>(
      'SELECT first, last, entries FROM kbnt.record WHERE stock = $1 ORDER BY first',
      [uid],
    )
    let next = 1
    for (const { first, last, entries } of records) {
      const sequences = (JSON.parse(entries) as { sequence: number }[]).map(({ sequence }) => sequence)
      assert.deepEqual([sequences[0], sequences.at(-1), sequences.length], [first, last, last - first + 1])
      assert.ok(first === next && sequences.length <= 500)
      next = last + 1
    }
    assert.equal(next, 1_202)
  })
})
