import assert from 'node:assert/strict'
import { pause } from '../../../../operator/application/clock.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { anOrder, aRowStock, asked, phaseOf } from '../../../fixtures/row-orders.ts'

describe('Transactions of a lane', () => {
  let clock: FakeClock
  let books: InMemoryRows
  let stock: string

  beforeEach(async () => {
    clock = fakeClock(tenOClock)
    books = inMemoryRows(clock.now)
    stock = await aRowStock(books, { quantity: 10 })
  })

  function ledgerOf(rows: InMemoryRows): RowLedger {
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    return new RowLedger({ books: rows, clock, patience, lanes: 1 })
  }

  it('take along whatever is asked for in the same turn, or while a transaction is under way', async () => {
    const { promise: theAnswer, resolve } = Promise.withResolvers<void>()
    const slow: InMemoryRows = {
      ...books,
      async transact(wanted, decide) {
        await books.transact(wanted, decide)
        await theAnswer
      },
    }
    const ledger = ledgerOf(slow)
    const before = books.tables.commits
    const twenty = () => Array.from({ length: 20 }, () => asked(ledger, anOrder(stock)))
    const all = twenty()
    await clock.settle()
    all.push(...twenty(), ...twenty())
    resolve()
    await clock.settle()
    assert.equal(all.filter((one) => phaseOf(one) === 'Reserved').length, 10)
    assert.equal(books.tables.commits - before, 2)
  })

  it('begin to wait for their locks once the transaction before them has decided, where many wait', async () => {
    const steps: string[] = []
    const { promise: locks, resolve: unlock } = Promise.withResolvers<void>()
    const { promise: theAnswer, resolve: answer } = Promise.withResolvers<void>()
    const slow: InMemoryRows = {
      ...books,
      async transact(wanted, decide) {
        steps.push(`asks for ${wanted.ordered.length}`)
        await locks
        await books.transact(wanted, decide)
        await theAnswer
      },
    }
    const ledger = ledgerOf(slow)
    const all = Array.from({ length: 400 }, () => asked(ledger, anOrder(stock)))
    await clock.settle()
    assert.deepEqual(steps, ['asks for 200'])
    unlock()
    await clock.settle()
    assert.deepEqual(steps, ['asks for 200', 'asks for 200'])
    answer()
    await clock.settle()
    assert.equal(all.filter((one) => phaseOf(one) === undefined).length, 0)
  })

  it('wait for each other where other processes keep the stock busy', async () => {
    const steps: number[] = []
    const busy: InMemoryRows = {
      ...books,
      async transact(wanted, decide) {
        steps.push(wanted.ordered.length)
        await pause(clock, 30) // somebody else has the row
        await books.transact(wanted, decide)
        await pause(clock, 10)
      },
    }
    const ledger = ledgerOf(busy)
    asked(ledger, anOrder(stock))
    await clock.advance(40)
    for (let index = 0; index < 400; index++) asked(ledger, anOrder(stock))
    await clock.advance(35)
    assert.deepEqual(steps, [1, 400])
    await clock.advance(1_000)
  })

  it('go on beside one that hangs, with whoever asks', async () => {
    const never = new Promise<void>(() => undefined)
    const hung = await aRowStock(books)
    const ledger = ledgerOf({
      ...books,
      transact: async (wanted, decide) => (wanted.stocks.includes(hung) ? never : books.transact(wanted, decide)),
    })
    const first = asked(ledger, anOrder(hung))
    await clock.settle()
    const other = asked(ledger, anOrder(stock))
    await clock.advance(300)
    assert.deepEqual([phaseOf(first), phaseOf(other)], [undefined, 'Reserved'])
  })
})
