import assert from 'node:assert/strict'
import { decideAccepted } from '../../../operator/application/rows/stock/decide-stock-row.ts'
import { PostgresStocks } from '../../../operator/infrastructure/postgres/postgres-stocks.ts'
import { someTerms } from '../../fixtures/builders.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

const LEAP = 1_000_000

describe('A stock in PostgreSQL whose database is set back', () => {
  let database: RowDatabase

  before(async function () {
    this.timeout(60_000)
    database = await rowDatabase((await testbed().ownPostgres()).url)
  })
  after(async () => database?.close())

  it('sells nothing until somebody accepts its books, and then to every process, however much of it that has seen', async () => {
    const stock = await aRowStock(database.books, { quantity: 10 })
    const [first, second] = [rowLedger(database.books), rowLedger(database.otherBooks())]
    await first.order(anOrder(stock))
    await database.sql('CREATE TABLE back_then AS SELECT * FROM kbnt.stock')
    await first.order(anOrder([[stock, 2]]))
    const { sequence } = (await database.rows()).stocks[0]?.balances ?? { sequence: 0 }
    await second.order(anOrder([[stock, 4]])) // a process that has seen more than the one that finds it out
    await database.sql(`UPDATE kbnt.stock s SET reserved = b.reserved, sequence = b.sequence, recorded = b.recorded
      FROM back_then b WHERE b.uid = s.uid`)
    await database.sql('DELETE FROM kbnt.claim WHERE sequence > 2')
    await database.sql('DELETE FROM kbnt.record WHERE first > 2')

    assert.deepEqual(await first.order(anOrder(stock)), { kind: 'halted', stock })
    const stocks = new PostgresStocks(database.pool)
    const [row] = (await stocks.look([{ uid: stock, sequence: -1, generation: 0, state: 'Open' }])).changed
    assert.deepEqual([row?.state, row?.known, row?.balances.sequence], ['Halted', sequence, 2])
    assert.deepEqual(await second.order(anOrder(stock)), { kind: 'halted', stock })

    await stocks.change({ uid: stock, sums: true }, (found) => {
      const accepted = decideAccepted(found, { terms: someTerms(), generation: 1 }, 0)
      assert.ok(typeof accepted === 'object', String(accepted))
      return accepted
    })
    for (const ledger of [first, second]) assert.equal(standing(await ledger.order(anOrder(stock))).phase, 'Reserved')
    const [after] = (await database.rows()).stocks
    assert.deepEqual([after?.state, after?.balances.reserved], ['Open', 3])
    assert.ok((after?.balances.sequence ?? 0) > sequence + LEAP)
  })
})
