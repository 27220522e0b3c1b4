import assert from 'node:assert/strict'
import type { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { minuteMs, tenOClock } from '../../../fixtures/builders.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../../fixtures/row-orders.ts'

describe('A database that is set back', () => {
  let books: InMemoryRows
  let ledger: RowLedger

  beforeEach(() => {
    books = inMemoryRows(tenOClock)
    ledger = rowLedger(books)
  })

  const stateOf = (stock: string) => books.rows().stocks.find(({ uid }) => uid === stock)?.state

  it('sells nothing once more, by a process that has sold it, or after which it has sold', async () => {
    const stock = await aRowStock(books, { quantity: 1 })
    const restore = books.backup()
    await ledger.order(anOrder(stock))
    restore()
    assert.deepEqual(await ledger.order(anOrder(stock)), { kind: 'halted', stock })
    assert.equal(stateOf(stock), 'Halted')
    assert.deepEqual(await rowLedger(books).order(anOrder(stock)), { kind: 'halted', stock })
  })

  it('has nothing confirmed, given back or ended there, and the stocks beside it go on', async () => {
    const [stock, other] = [await aRowStock(books), await aRowStock(books)]
    const held = anOrder(stock)
    await ledger.order(held)
    const restore = books.backup()
    await ledger.order(anOrder(stock))
    restore()
    books.setTime(tenOClock + 60 * minuteMs)
    const kinds = ['confirm', 'release', 'expire', 'end'] as const
    const answers = await Promise.all([
      ...kinds.map((kind) => ledger.order({ kind, uid: held.uid })),
      ledger.order(anOrder(other)),
    ])
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['halted', 'halted', 'halted', 'halted', 'stands'],
    )
    assert.equal(books.rows().claims.length, 2)
  })

  it('is known by what another process has committed before this one', async () => {
    const stock = await aRowStock(books)
    const mine = anOrder(stock)
    await ledger.order(mine)
    await rowLedger(books).order(anOrder(stock))
    const restore = books.backup()
    await rowLedger(books).order(anOrder(stock))
    assert.equal(standing(await ledger.order(mine)).phase, 'Reserved') // the same once more: nothing is written
    restore()
    assert.deepEqual(await ledger.order(anOrder(stock)), { kind: 'halted', stock })
  })

  it('is not suspected where nobody knows that what was lost was kept', async () => {
    const stock = await aRowStock(books)
    books.meet('commit lost')
    assert.equal(standing(await ledger.order(anOrder(stock))).phase, 'Reserved')
    assert.equal(stateOf(stock), 'Open')
  })

  it('stays halted by what the mirror has seen, for everybody', async () => {
    const stock = await aRowStock(books)
    const order = anOrder(stock)
    const [line] = order.lines
    assert.equal((await ledger.order({ ...order, lines: [{ ...line, known: 9 }] })).kind, 'halted')
    assert.equal(stateOf(stock), 'Halted')
  })
})
