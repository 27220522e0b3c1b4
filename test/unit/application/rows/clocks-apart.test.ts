import assert from 'node:assert/strict'
import { aheadMs } from '../../../../operator/application/rows/clocks-apart.ts'
import { ClocksDisagree } from '../../../../operator/application/rows/order.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { systemClock } from '../../../../operator/infrastructure/clock/system-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { minuteMs, tenOClock } from '../../../fixtures/builders.ts'
import { anOrder, aRowStock, endOver, standing } from '../../../fixtures/row-orders.ts'

const SECOND = 1_000

describe('The clock of a database', () => {
  const cases = [
    ['agrees', { from: 0, to: 10, at: 5 }, 0],
    ['is five seconds behind', { from: 5_000, to: 5_010, at: 0 }, 0],
    ['is more than that behind', { from: 5_001, to: 5_010, at: 0 }, 5_001],
    ['is more than that ahead', { from: 0, to: 10, at: 5_011 }, -5_001],
    ['was read at once, and the answer came late', { from: 0, to: 60_000, at: 1 }, 0],
    ['was read late', { from: 0, to: 60_000, at: 59_999 }, 0],
  ] as const
  for (const [title, time, want] of cases) it(title, () => assert.equal(aheadMs(time), want))
})

describe('Orders where the clock of the database is far from that of the process', () => {
  const clock = { ...systemClock(), now: () => tenOClock }
  let books: InMemoryRows
  let ledger: RowLedger
  let aheadOf: number
  let said: unknown[]

  beforeEach(() => {
    aheadOf = 0
    said = []
    books = inMemoryRows(() => clock.now() + aheadOf)
    const patience = { clock, onRetry: () => undefined, onTrouble: (...told: unknown[]) => void said.push(told) }
    ledger = new RowLedger({ books, clock, patience, lanes: 1 })
  })

  for (const [title, ahead] of [
    ['ahead', minuteMs],
    ['behind', -minuteMs],
  ] as const)
    it(`are refused with both times, and nothing is done: the database is ${title}`, async () => {
      const stock = await aRowStock(books)
      aheadOf = ahead
      const theirs = new Date(tenOClock + ahead).toISOString()
      await assert.rejects(ledger.order(anOrder(stock)), (error) => {
        assert.ok(error instanceof ClocksDisagree)
        for (const time of [theirs, new Date(tenOClock).toISOString()]) assert.ok(error.message.includes(time))
        return true
      })
      assert.deepEqual(books.rows().claims, [])
      aheadOf = ahead > 0 ? 5 * SECOND : -5 * SECOND
      assert.equal(standing(await ledger.order(anOrder(stock))).phase, 'Reserved')
    })

  it('end no hold and sell none, and whatever stands is told', async () => {
    const stock = await aRowStock(books, { quantity: 1 })
    const held = anOrder(stock)
    await ledger.order(held)
    aheadOf = 60 * minuteMs
    await assert.rejects(endOver(books, ledger), ClocksDisagree)
    await assert.rejects(ledger.order(anOrder(stock)), ClocksDisagree)
    await assert.rejects(ledger.order({ kind: 'confirm', uid: held.uid }), ClocksDisagree)
    assert.equal(standing(await ledger.order(held)).phase, 'Reserved')
    assert.equal(books.rows().claims.length, 1)
  })

  it('are told of in the log at first, and then now and then', async () => {
    const stock = await aRowStock(books)
    aheadOf = minuteMs
    for (let count = 0; count < 20; count++) await assert.rejects(ledger.order(anOrder(stock)))
    assert.equal(said.length, 1)
  })
})
