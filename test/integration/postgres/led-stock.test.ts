import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { openStockRow } from '../../../operator/application/rows/open-stock-row.ts'
import { decideAccepted, decideNewTerms } from '../../../operator/application/rows/stock/decide-stock-row.ts'
import { PostgresStocks } from '../../../operator/infrastructure/postgres/postgres-stocks.ts'
import { someTerms } from '../../fixtures/builders.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

/** Longer than any other transaction may take. */
const SLOW_SECONDS = 3

describe('A stock in PostgreSQL all of whose claims have to be read', () => {
  const uid = randomUUID()
  const terms = someTerms({ quantity: 20 })
  let database: RowDatabase
  let stocks: PostgresStocks

  before(async function () {
    this.timeout(60_000)
    database = await rowDatabase((await testbed().ownPostgres()).url)
    stocks = new PostgresStocks(database.pool)
    await openStockRow(database.books, { stock: { namespace: 'shop', name: 'bean', uid }, terms, generation: 1 })
    const ledger = rowLedger(database.books)
    for (const units of [2, 3]) {
      const order = anOrder([[uid, units]], { about: { consumer: 'ana' } })
      assert.equal(standing(await ledger.order(order)).phase, 'Reserved')
    }
    await database.sql(`CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(${SLOW_SECONDS}); RETURN NULL; END $$`)
  })
  after(async () => database?.close())

  it('has what each consumer has counted when that is limited later, however long that takes', async function () {
    this.timeout(30_000)
    await database.sql(`CREATE TRIGGER slow AFTER INSERT ON kbnt.consumer_units
      FOR EACH STATEMENT EXECUTE FUNCTION slowly()`)
    const limited = { terms: { ...terms, limits: { perConsumer: 6 } }, generation: 2 }
    await stocks.change({ uid, sums: false }, ({ row, at }) => row && decideNewTerms(row, at, limited))
    await database.sql('DROP TRIGGER slow ON kbnt.consumer_units')
    const { units, stocks: rows } = await database.rows()
    assert.deepEqual(units, [{ stock: uid, consumer: 'ana', units: 5 }])
    assert.deepEqual(rows[0]?.terms.limits, { perConsumer: 6 })
  })

  it('goes on once its claims have been compared with its books', async function () {
    this.timeout(30_000)
    await database.books.halt(uid)
    await stocks.change({ uid, sums: true }, (found) => {
      const accepted = decideAccepted(found, { terms: someTerms(), generation: 1 }, 0)
      assert.notEqual(typeof accepted, 'string', String(accepted))
      return typeof accepted === 'string' ? undefined : accepted
    })
    assert.equal((await database.rows()).stocks[0]?.state, 'Open')
  })
})
