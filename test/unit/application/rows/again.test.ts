import assert from 'node:assert/strict'
import type { RowBooks } from '../../../../operator/application/rows/row-books.ts'
import type { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { auditRows } from '../../../fixtures/audit-rows.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../../fixtures/row-orders.ts'

describe('Orders that come again', () => {
  let books: InMemoryRows
  let ledger: RowLedger

  beforeEach(() => {
    books = inMemoryRows(tenOClock, { overLimit: 3 })
    ledger = rowLedger(books)
  })
  afterEach(() => assert.deepEqual(auditRows(books.rows()), []))

  const aStock = (particular: Partial<StockTerms> = {}) => aRowStock(books, particular)

  it('commits before it tells of what stands', async () => {
    const stock = await aStock()
    const order = anOrder(stock)
    await ledger.order(order)
    const seen: unknown[] = []
    const watched: RowBooks = Object.create(books, {
      transact: {
        value: (...[wanted, decide]: Parameters<RowBooks['transact']>) =>
          books.transact(wanted, (found) => {
            const changes = decide(found)
            seen.push(changes)
            return changes
          }),
      },
    })
    const again = await rowLedger(watched).order(order)
    assert.ok(again.kind === 'stands' && !again.decided)
    assert.notEqual(seen[0], undefined)
  })

  it('halts a stock, which decides nothing then', async () => {
    const stock = await aStock()
    await books.halt(stock)
    assert.deepEqual(await ledger.order(anOrder(stock)), { kind: 'halted', stock })
  })

  it('knows an order again whose stock has another uid by now', async () => {
    const order = anOrder(await aStock())
    await ledger.order(order)
    const now = anOrder(await aStock(), { uid: order.uid, about: order.about })
    assert.equal(standing(await ledger.order(now)).phase, 'Reserved')
  })
})
