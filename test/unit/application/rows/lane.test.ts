import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { later } from '../../../../operator/application/clock.ts'
import { LedgerAway, LedgerBusy, type Order } from '../../../../operator/application/rows/order.ts'
import { NotWritten, OutcomeUnknown, Oversold } from '../../../../operator/application/rows/row-books.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import type { Mishap } from '../../../fakes/in-memory-tables.ts'
import { auditRows } from '../../../fixtures/audit-rows.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { type Asked, anOrder, aRowStock, asked, phaseOf } from '../../../fixtures/row-orders.ts'

describe('Orders in a lane', () => {
  let clock: FakeClock
  let books: InMemoryRows
  let ledger: RowLedger
  let stock: string
  let said: string[]

  beforeEach(async () => {
    clock = fakeClock(tenOClock)
    books = inMemoryRows(clock.now)
    said = []
    const patience = { clock, onRetry: () => undefined, onTrouble: (message: string) => void said.push(message) }
    ledger = new RowLedger({ books, clock, patience, lanes: 1 })
    stock = await aStock()
  })
  afterEach(() => assert.deepEqual(auditRows(books.rows()), []))

  const aStock = (quantity = 10) => aRowStock(books, { quantity })
  const ask = (order: Order) => asked(ledger, order)
  const times = (count: number, mishap: Mishap) => Array.from({ length: count }, () => mishap)

  it('are answered only when it is known whether they are kept', async () => {
    books.meet('answer lost', 'answer lost', 'commit lost')
    const one = ask(anOrder(stock))
    await clock.settle()
    assert.equal(one.outcome, undefined)
    await clock.advance(1_000)
    assert.equal(phaseOf(one), 'Reserved')
    assert.equal(books.rows().stocks[0]?.balances.reserved, 1)
  })

  it('are asked for until that is known, however long it takes, and it is said', async () => {
    books.meet('answer lost', ...times(100, 'commit lost'))
    const one = ask(anOrder(stock))
    await clock.advance(6_000) // longer than anybody waits of whom it is known
    assert.equal(one.outcome, undefined)
    await clock.advance(10_000)
    assert.equal(phaseOf(one), 'Reserved')
    assert.deepEqual(said, ["can't write rows; tried again"])
  })

  it('are sent away after five seconds in which surely nothing was done, those behind them too', async () => {
    books.meet(...times(100, 'not written'))
    const first = ask(anOrder(stock))
    await clock.advance(1_000)
    const behind = ask(anOrder(stock))
    await clock.advance(4_900)
    assert.ok(first.outcome instanceof LedgerAway, String(first.outcome))
    await clock.advance(2_000)
    assert.ok(behind.outcome instanceof LedgerAway)
    assert.equal(books.rows().stocks[0]?.balances.reserved, 0)
  })

  it('suffer nothing from one that can not be written', async () => {
    const ledgerOf = (uid: string) => ask(anOrder(stock, { uid }))
    books.meet(...([undefined, 'broken', 'broken', 'broken'] as Mishap[]))
    const first = ledgerOf(randomUUID())
    await clock.settle()
    const rest = Array.from({ length: 4 }, () => ledgerOf(randomUUID()))
    await clock.settle()
    assert.equal(phaseOf(first), 'Reserved')
    const broken = rest.filter(({ outcome }) => outcome instanceof Error)
    assert.equal(broken.length, 1)
    assert.match(String(broken[0]?.outcome), /no column takes/)
    assert.equal(
      rest.filter((one) => !(one.outcome instanceof Error)).every((one) => phaseOf(one) === 'Reserved'),
      true,
    )
  })

  it('are sent away after an answer was lost only once it was seen that nothing is kept', async () => {
    books.meet('commit lost', ...times(100, 'not written'))
    const one = ask(anOrder(stock))
    await clock.advance(10_000)
    assert.ok(one.outcome instanceof LedgerAway)
    assert.equal(books.rows().stocks[0]?.balances.reserved, 0)
  })

  it('are not sent away while it is not known whether they are kept, whatever fails meanwhile', async () => {
    let trips = 0
    const failing: InMemoryRows = {
      ...books,
      async transact(wanted, decide) {
        trips += 1
        if (trips === 3) throw new Error('nothing that we know of')
        if (trips > 3 && trips < 90) throw new NotWritten('away')
        await books.transact(wanted, decide)
        if (trips === 2) throw new OutcomeUnknown('the answer is lost')
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: failing, clock, patience, lanes: 1 })
    ask(anOrder(stock))
    await clock.settle()
    const both = [ask(anOrder(stock)), ask(anOrder(stock))]
    await clock.advance(7_000)
    assert.deepEqual(
      both.map(({ outcome }) => outcome),
      [undefined, undefined],
    )
    await clock.advance(20_000)
    assert.deepEqual(both.map(phaseOf), ['Reserved', 'Reserved'])
  })

  it('are not done after five seconds, when nobody counts on it any more', async () => {
    books.meet(...times(80, 'commit lost'))
    const one = ask(anOrder(stock, { confirm: true }))
    await clock.advance(60_000)
    assert.ok(one.outcome instanceof LedgerAway, String(one.outcome))
    assert.deepEqual(books.rows().claims, [])
  })

  it('are in doubt each by itself', async () => {
    const another = randomUUID() // it has no row yet
    books.meet(...([undefined, 'answer lost', ...times(10, 'not written')] as Mishap[]))
    const [, kept, refused] = [ask(anOrder(stock)), ask(anOrder(stock)), ask(anOrder(another))]
    await clock.advance(30_000)
    assert.equal(phaseOf(kept), 'Reserved')
    assert.deepEqual(refused.outcome, { kind: 'noStock', stock: another })
    assert.equal(books.rows().stocks[0]?.balances.reserved, 2)
  })

  it('wait for another of their uid, and never hear that nothing was done while that is in doubt', async () => {
    books.meet('answer lost', ...times(45, 'not written'))
    const order = anOrder(stock)
    const all = [ask(order), ask(order), ask({ kind: 'release', uid: order.uid })]
    await clock.advance(4_000)
    assert.deepEqual(
      all.map(({ outcome }) => outcome),
      [undefined, undefined, undefined],
    )
    await clock.advance(60_000)
    assert.deepEqual(all.map(phaseOf), ['Reserved', 'Reserved', 'Released'])
  })

  it('are all answered, however often the clock is asked', async () => {
    let asks = 0
    const tick = () => {
      asks += 1
      return later(clock.tick(), asks / 100)
    }
    const ticking = { ...clock, tick }
    const away = { ...books, transact: () => Promise.reject(new NotWritten('away')) }
    const patience = { clock: ticking, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: away, clock: ticking, patience, lanes: 1 })
    const all: Asked[] = []
    for (let turn = 0; turn < 100; turn++) {
      all.push(ask(anOrder(stock)))
      await clock.advance(60)
    }
    await clock.advance(60_000)
    assert.ok(all.every(({ outcome }) => outcome instanceof LedgerAway))
    assert.equal(clock.timers, 0)
  })

  it('are refused where they name a stock twice', async () => {
    const twice = anOrder([
      [stock, 1],
      [stock, 1],
    ])
    await assert.rejects(ledger.order(twice), /names a stock twice/)
  })

  it('are not tried again where the database refuses to oversell', async () => {
    const well = await aStock()
    const refusing: InMemoryRows = {
      ...books,
      transact: (wanted, decide) =>
        books.transact(wanted, (found) => {
          const changes = decide(found)
          if (changes?.stocks.some(({ uid }) => uid === stock)) throw new Oversold('11 out of 10', stock)
          return changes
        }),
    }
    const parts = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: refusing, clock, patience: parts, lanes: 1 })
    const all = [ask(anOrder(well)), ask(anOrder(stock)), ask(anOrder(well)), ask(anOrder(stock))]
    await clock.advance(1_000)
    assert.deepEqual([phaseOf(all[0] ?? {}), phaseOf(all[2] ?? {})], ['Reserved', 'Reserved'])
    assert.ok(all[1]?.outcome instanceof Oversold)
    const late = ask(anOrder(stock))
    await clock.settle()
    assert.deepEqual(late.outcome, { kind: 'halted', stock })
  })

  it('are refused at once where thousands wait already', async () => {
    const never = new Promise<void>(() => undefined)
    const stuck = new RowLedger({
      books: { ...books, transact: () => never },
      clock,
      patience: { clock, onRetry: () => undefined, onTrouble: () => undefined },
      lanes: 1,
    })
    for (let count = 0; count < 5_000; count++) stuck.order(anOrder(stock)).catch(() => undefined)
    await assert.rejects(stuck.order(anOrder(stock)), LedgerBusy)
    const other = asked(stuck, anOrder(await aRowStock(books)))
    await clock.settle()
    assert.equal(other.outcome, undefined, 'one stock leaves some to the others')
  })
})
