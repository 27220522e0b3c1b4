import assert from 'node:assert/strict'
import { worstFirst } from '../../../../operator/application/look-inside.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { LedRowStocks } from '../../../../operator/application/rows/stock/led-row-stocks.ts'
import { rowStocksInside } from '../../../../operator/application/rows/stock/look-at-rows.ts'
import { whyRowNotReady } from '../../../../operator/application/rows/stock/why-row-not-ready.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { rowBooksIn } from '../../../fakes/in-memory-rows.ts'
import { InMemoryTables } from '../../../fakes/in-memory-tables.ts'
import { someTerms } from '../../../fixtures/builders.ts'
import { anOrder, aRowStock, asked } from '../../../fixtures/row-orders.ts'
import { aStock } from './a-led-world.ts'

const nothing = { kinds: {}, oldestMs: 0 }

describe('A look at stocks whose books are rows', () => {
  const look = (stocks: LedRowStocks, particular: Partial<Parameters<typeof rowStocksInside>[0]> = {}) =>
    rowStocksInside({
      ...{ stocks: stocks.all(), waitingAt: () => nothing, undeliveredBytes: () => 0 },
      whyNotReady: (led) => whyRowNotReady(led, { kind: 'open' }),
      ...particular,
    })

  it('says what each does with what it is asked for, those first that somebody should look at', async () => {
    const tables = new InMemoryTables(() => 0)
    const books = rowBooksIn(tables)
    const stocks = new LedRowStocks({ isServed: () => true, eventsBehind: () => false })
    for (const name of ['open', 'halted', 'paused', 'closed', 'unseen']) {
      const uid = await aRowStock(books, { paused: name === 'paused' }, name)
      stocks.seen(
        aStock({ uid, name, terms: someTerms({ paused: name === 'paused', terminating: name === 'closed' }) }),
      )
      const row = tables.stocks.get(uid)
      const state = name === 'halted' ? 'Halted' : name === 'closed' ? 'Closed' : 'Open'
      if (row && name !== 'unseen') stocks.looked({ changed: [{ ...row, state }], missing: [] })
    }
    const seen = worstFirst(look(stocks))
    assert.deepEqual(
      seen.map(({ name, mode, reason }) => `${name} ${mode} ${reason ?? ''}`.trim()),
      [
        'halted halted InvariantViolated',
        'unseen counting',
        'closed terminating Terminating',
        'paused paused Paused',
        'open open',
      ],
    )
    assert.deepEqual(new Set(seen.map(({ database }) => database)), new Set(['default']))
  })

  it('says that their database is away', () => {
    const stocks = new LedRowStocks({ isServed: () => true, eventsBehind: () => false })
    stocks.seen(aStock())
    const why = (led: Parameters<typeof whyRowNotReady>[0]) => whyRowNotReady(led, { kind: 'away', why: 'no answer' })
    const [seen] = look(stocks, { whyNotReady: why })
    assert.deepEqual([seen?.mode, seen?.reason], ['halted', 'DatabaseAway'])
  })

  it('counts what waits by what is wanted, and for how long, until it is answered', async () => {
    const clock = fakeClock()
    const tables = new InMemoryTables(clock.now)
    const books = rowBooksIn(tables)
    const stock = await aRowStock(books, { quantity: 100 })
    let isThere = Promise.withResolvers<void>()
    const slow = {
      ...books,
      transact: (...given: Parameters<typeof books.transact>) => isThere.promise.then(() => books.transact(...given)),
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    const ledger = new RowLedger({ books: slow, clock, patience, lanes: 1 })
    const first = anOrder(stock)
    const asks = [asked(ledger, first)] // which is under way
    await clock.settle()
    for (let count = 0; count < 3; count++) asks.push(asked(ledger, anOrder(stock)))
    await clock.advance(100)
    assert.deepEqual(ledger.waitingAt(stock), { kinds: { reserve: 3 }, oldestMs: 100 })
    isThere.resolve()
    await clock.settle()
    assert.deepEqual(ledger.waitingAt(stock), nothing)
    isThere = Promise.withResolvers()
    asks.push(asked(ledger, anOrder(stock)))
    await clock.settle()
    asks.push(asked(ledger, { kind: 'confirm', uid: first.uid }), asked(ledger, anOrder(stock)))
    await clock.settle()
    assert.deepEqual(ledger.waitingAt(stock).kinds, { confirm: 1, reserve: 1 })
    await clock.advance(6_000) // they are sent away
    assert.deepEqual(ledger.waitingAt(stock), nothing)
    isThere.resolve()
  })

  it('makes no more views of one mode than anybody reads', () => {
    const stocks = new LedRowStocks({ isServed: () => true, eventsBehind: () => false })
    for (let count = 0; count < 10_100; count++) stocks.seen(aStock({ name: `stock-${count}` }))
    stocks.seen(aStock({ name: 'odd', unreadable: 'spec.quantity is missing' }))
    const seen = look(stocks)
    assert.equal(seen.length, 10_001)
    assert.equal(worstFirst(seen)[0]?.name, 'odd')
  })
})
