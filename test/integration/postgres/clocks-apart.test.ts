import assert from 'node:assert/strict'
import { ClocksDisagree } from '../../../operator/application/rows/order.ts'
import { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import { systemClock } from '../../../operator/infrastructure/clock/system-clock.ts'
import { PostgresStocks } from '../../../operator/infrastructure/postgres/postgres-stocks.ts'
import { minuteMs } from '../../fixtures/builders.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('A process whose clock is far from that of PostgreSQL', () => {
  let database: RowDatabase

  before(async function () {
    this.timeout(60_000)
    database = await rowDatabase((await testbed().ownPostgres()).url)
  })
  after(async () => database?.close())

  it('decides nothing, and hears what stands; one whose clock is right goes on', async () => {
    const { books } = database
    const stock = await aRowStock(books)
    const clock = { ...systemClock(), now: () => Date.now() - minuteMs }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    const wrong = new RowLedger({ books, clock, patience, lanes: 1 })
    const order = anOrder(stock)
    await assert.rejects(wrong.order(order), ClocksDisagree)
    assert.equal(standing(await rowLedger(books).order(order)).phase, 'Reserved')
    assert.equal(standing(await wrong.order(order)).phase, 'Reserved')
    await assert.rejects(wrong.order({ kind: 'release', uid: order.uid }), ClocksDisagree)
    assert.equal((await database.rows()).claims.length, 1)
  })

  it('is told the time with each look, whether anything has changed or not', async () => {
    const stocks = new PostgresStocks(database.pool)
    const stock = await aRowStock(database.books)
    const [row] = (await stocks.look([{ uid: stock, sequence: -1, generation: 0, state: 'Open' }])).changed
    const known = { uid: stock, sequence: row?.balances.sequence ?? 0, generation: 1, state: 'Open' } as const
    for (const one of [[], [known]]) {
      const { at, changed, missing } = await stocks.look(one)
      assert.deepEqual([changed, missing], [[], []])
      assert.ok(Math.abs(at - Date.now()) < minuteMs, String(at))
    }
  })
})
