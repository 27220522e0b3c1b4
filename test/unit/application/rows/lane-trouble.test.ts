import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { pause } from '../../../../operator/application/clock.ts'
import { BadOrder, LedgerAway, type Order, type Reserve } from '../../../../operator/application/rows/order.ts'
import { NotWritten, OutcomeUnknown } from '../../../../operator/application/rows/row-books.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { auditRows } from '../../../fixtures/audit-rows.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { type Asked, anOrder, aRowStock, asked, phaseOf } from '../../../fixtures/row-orders.ts'

describe('Orders beside others that fail', () => {
  let clock: FakeClock
  let books: InMemoryRows
  let ledger: RowLedger
  let stock: string

  beforeEach(async () => {
    clock = fakeClock(tenOClock)
    books = inMemoryRows(clock.now)
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books, clock, patience, lanes: 1 })
    stock = await aStock()
  })
  afterEach(() => assert.deepEqual(auditRows(books.rows()), []))

  const aStock = (quantity = 10) => aRowStock(books, { quantity })
  const ask = (order: Order) => asked(ledger, order)
  const phaseOfNone = ({ outcome }: Asked) => outcome instanceof LedgerAway

  it('suffer nothing from a stock whose row somebody keeps locked', async () => {
    const sick = await aStock()
    const locked: InMemoryRows = {
      ...books,
      async transact(wanted, decide) {
        if (!wanted.stocks.includes(sick)) return books.transact(wanted, decide)
        await new Promise<void>((resolve) => void clock.schedule(1_000, resolve))
        throw new NotWritten('a lock was not had in time', { trouble: 'stocks' })
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: locked, clock, patience, lanes: 1 })
    const atSick = [ask(anOrder(sick)), ask(anOrder(stock)), ask(anOrder(sick))]
    await clock.advance(3_000)
    assert.equal(phaseOf(atSick[1] ?? {}), 'Reserved')
    for (let turn = 0; turn < 8; turn++) {
      atSick.push(ask(anOrder(sick)))
      const well = ask(anOrder(stock))
      await clock.settle()
      assert.equal(phaseOf(well), 'Reserved')
      await clock.advance(700)
    }
    assert.equal(atSick.filter(phaseOfNone).length > 0, true)
  })

  /** Whoever wants one of these waits for a second in vain, and then it is known which of them they are. */
  function aLedgerLocking(sick: readonly string[]): RowLedger {
    const locked: InMemoryRows = {
      ...books,
      async transact(wanted, decide) {
        const stocks = wanted.stocks.filter((uid) => sick.includes(uid))
        await pause(clock, stocks.length > 0 ? 1_000 : 5)
        if (stocks.length === 0) return books.transact(wanted, decide)
        throw new NotWritten('a lock was not had in time', { trouble: 'stocks', stocks })
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    return new RowLedger({ books: locked, clock, patience, lanes: 1 })
  }
  const isWell = (one: Asked) => one.outcome !== undefined && !phaseOfNone(one)

  it('go on beside a transaction that waits for a row, without the stocks of that', async () => {
    const sick = await aStock()
    ledger = aLedgerLocking([sick])
    ask(anOrder(sick))
    await clock.advance(100)
    for (let at = 0; at < 800; at += 50) {
      ask(anOrder(sick))
      const [one, set] = [ask(anOrder(stock)), ask(anOrder([stock, sick].map((uid) => [uid, 1] as const)))]
      await clock.advance(50)
      assert.equal(isWell(set), false)
      if (at >= 200) assert.equal(isWell(one) || at < 250, true, `after ${at} ms`)
    }
  })

  it('go together at once where it is known which of their stocks were locked', async () => {
    const sick = await Promise.all(Array.from({ length: 8 }, () => aStock()))
    const well = await Promise.all(Array.from({ length: 20 }, () => aStock()))
    ledger = aLedgerLocking(sick)
    const all = [...sick, ...well].map((uid) => ask(anOrder(uid)))
    await clock.advance(1_100)
    assert.ok(all.slice(8).every(isWell))
    for (let turn = 0; turn < 8; turn++) {
      const sets = well.map((uid) => ask(anOrder([uid, sick[turn] ?? ''].map((of) => [of, 1] as const))))
      await clock.advance(5)
      const next = well.map((uid) => ask(anOrder(uid)))
      await clock.advance(500)
      assert.ok(next.every(isWell), `after ${turn} turns`)
      assert.ok(!sets.some(isWell))
    }
    await clock.advance(20_000)
  })

  it('go on after a while beside a transaction of their own stock that is not answered', async () => {
    const never = new Promise<void>(() => undefined)
    let tries = 0
    const dead: InMemoryRows = { ...books, transact: (...of) => (++tries === 1 ? never : books.transact(...of)) }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: dead, clock, patience, lanes: 1 })
    ask(anOrder(stock))
    await clock.settle()
    const next = ask(anOrder(stock))
    await clock.advance(2_000)
    assert.equal(phaseOf(next), 'Reserved')
  })

  it('go with fewer where so many at once do not come through', async () => {
    const slow: InMemoryRows = {
      ...books,
      transact(wanted, decide) {
        if (wanted.ordered.length > 30)
          return Promise.reject(new OutcomeUnknown('it took too long', { trouble: 'size' }))
        return books.transact(wanted, decide)
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: slow, clock, patience, lanes: 1 })
    const large = await aStock(1_000)
    const all = Array.from({ length: 300 }, () => ask(anOrder(large)))
    await clock.advance(4_000)
    assert.equal(all.filter((one) => one.outcome && phaseOf(one) === 'Reserved').length, 300)
  })

  it('go with fewer after a while even where it looks as if the connection were to blame', async () => {
    const cut: InMemoryRows = {
      ...books,
      transact(wanted, decide) {
        if (wanted.ordered.length > 100) return Promise.reject(new NotWritten('read ECONNRESET'))
        return books.transact(wanted, decide)
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: cut, clock, patience, lanes: 1 })
    const large = await aStock(1_000)
    const all = Array.from({ length: 300 }, () => ask(anOrder(large)))
    await clock.advance(4_000)
    assert.equal(all.filter((one) => one.outcome && phaseOf(one) === 'Reserved').length, 300)
  })

  it('are refused where no row could have them, before anything is read', async () => {
    const bad: [Reserve, RegExp][] = [
      [anOrder([[stock, -5]]), /-5 is no number of units/],
      [anOrder([[stock, 0]]), /0 is no number of units/],
      [anOrder([[stock, 1.5]]), /1.5 is no number/],
      [anOrder(stock, { uid: randomUUID().toUpperCase() }), /no UUID in lower case/],
      [anOrder(stock, { about: { note: 'a\0b' } }), /NUL/],
      [anOrder(stock, { about: { consumer: '\ud800' } }), /surrogate/],
      [anOrder(stock, { about: { consumer: '' } }), /consumer is empty/],
    ]
    for (const [order, why] of bad)
      await assert.rejects(ledger.order(order), (error: Error) => error instanceof BadOrder && why.test(error.message))
    assert.deepEqual(await ledger.order({ kind: 'confirm', uid: 'my-order' }), { kind: 'unknown' })
  })
})
