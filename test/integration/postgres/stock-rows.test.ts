import assert from 'node:assert/strict'
import pg from 'pg'
import { NotWritten } from '../../../operator/application/rows/row-books.ts'
import { PostgresRecords } from '../../../operator/infrastructure/postgres/postgres-records.ts'
import { PostgresStocks } from '../../../operator/infrastructure/postgres/postgres-stocks.ts'
import { stockRowsContract } from '../../contracts/stock-rows.contract.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { aRowStock } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('The rows of stocks in PostgreSQL', () => {
  let url: string
  let database: RowDatabase
  let stocks: PostgresStocks

  before(async function () {
    this.timeout(60_000)
    url = (await testbed().ownPostgres()).url
    database = await rowDatabase(url)
    stocks = new PostgresStocks(database.pool)
  })
  after(() => database?.close())

  stockRowsContract('on a real server', () => ({
    ...{ rows: stocks, books: database.books },
    stored: () => database.rows(),
    deliver: (stock) => new PostgresRecords(database.pool).delivered([{ stock, after: 0, upTo: 1_000 }]),
  }))

  it('are given up after a second where somebody keeps one locked, with nothing done, and those that wait come next', async () => {
    const [kept, other] = [await aRowStock(database.books), await aRowStock(database.books)]
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM kbnt.stock WHERE uid = $1 FOR UPDATE', [kept])
    let seen = 0
    const look = () => {
      seen += 1
      return undefined
    }
    const [refused, done] = await Promise.allSettled(
      [kept, other].map((uid) => stocks.change({ uid, sums: false }, look)),
    )
    assert.ok(refused?.status === 'rejected' && refused.reason instanceof NotWritten, String(refused))
    assert.deepEqual([refused.reason.trouble, done?.status, seen], ['stocks', 'fulfilled', 1])
    await holder.query('ROLLBACK')
    await holder.end()
  })
})
