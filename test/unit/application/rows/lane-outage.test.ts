import assert from 'node:assert/strict'
import { LedgerAway } from '../../../../operator/application/rows/order.ts'
import { NotWritten, OutcomeUnknown, type RowBooks } from '../../../../operator/application/rows/row-books.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { auditRows } from '../../../fixtures/audit-rows.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { type Asked, anOrder, aRowStock, asked, phaseOf } from '../../../fixtures/row-orders.ts'

const TRIP_MS = 10
const CUT_EVERY_MS = 120
const STOCKS = 300

describe('Orders while the database is away', () => {
  let clock: FakeClock
  let rows: InMemoryRows
  let said: Record<string, unknown>[]

  beforeEach(() => {
    clock = fakeClock(tenOClock)
    rows = inMemoryRows(clock.now)
    said = []
  })
  afterEach(() => assert.deepEqual(auditRows(rows.rows()), []))

  function ledgerOf(transact: RowBooks['transact']): RowLedger {
    const onTrouble = (_: string, fields: Record<string, unknown>) => void said.push(fields)
    const patience = { clock, onRetry: () => undefined, onTrouble }
    return new RowLedger({ books: { ...rows, transact }, clock, patience, lanes: 1 })
  }
  const trip = () => new Promise<void>((resolve) => void clock.schedule(TRIP_MS, resolve))
  const areReserved = (all: readonly Asked[]) => all.filter((one) => phaseOf(one) === 'Reserved').length

  async function manyStocks(): Promise<string[]> {
    const uids: string[] = []
    while (uids.length < STOCKS) uids.push(await aRowStock(rows, { quantity: 10 }))
    return uids
  }

  it('get through between cuts that come many times a second, all of a stock together', async () => {
    const stock = await aRowStock(rows, { quantity: 1_000_000 })
    const cuts = () => Math.floor((clock.now() - tenOClock) / CUT_EVERY_MS)
    const ledger = ledgerOf(async (wanted, decide) => {
      const before = cuts()
      for (let trips = 0; trips < 8; trips++) await trip() // two thirds of the time between cuts
      if (cuts() > before && clock.now() % 2 > 0) throw new NotWritten('read ECONNRESET')
      await rows.transact(wanted, decide)
      if (cuts() > before) throw new OutcomeUnknown('read ECONNRESET')
    })
    let answered = 0
    const client = async () => {
      for (;;) {
        await ledger.order(anOrder(stock))
        answered += 1
      }
    }
    for (let clients = 0; clients < 10; clients++) void client()
    await clock.advance(10_000)
    assert.ok(answered > 150, `${answered} orders in 10 s`)
  })

  it('ask no more often for many stocks than for one', async () => {
    let tries = 0
    const ledger = ledgerOf(() => {
      tries += 1
      return Promise.reject(new NotWritten('connect ECONNREFUSED'))
    })
    const all = (await manyStocks()).map((uid) => asked(ledger, anOrder(uid)))
    await clock.advance(4_000)
    assert.ok(tries < 80, `${tries} tries`)
    await clock.advance(3_000)
    assert.ok(all.every(({ outcome }) => outcome instanceof LedgerAway))
  })

  it('are done together once it is back, those of a stock that still fails apart from them', async () => {
    const uids = await manyStocks()
    const sick = uids[100] ?? ''
    let isAway = true
    const ledger = ledgerOf(async (wanted, decide) => {
      if (isAway || wanted.stocks.includes(sick)) throw new NotWritten('read ECONNRESET')
      await trip()
      await rows.transact(wanted, decide)
    })
    const all = uids.map((uid) => asked(ledger, anOrder(uid)))
    await clock.advance(3_000)
    assert.equal(areReserved(all), 0)
    isAway = false
    await clock.advance(1_000) // a transaction for each would take 3 s
    assert.equal(areReserved(all), STOCKS - 1)
  })

  it('wait for a commit that is not answered, which is said, and those behind it are sent away', async () => {
    const stock = await aRowStock(rows)
    const { promise: standbyIsBack, resolve } = Promise.withResolvers<void>()
    const ledger = ledgerOf(async (wanted, decide) => {
      await rows.transact(wanted, decide)
      await standbyIsBack
    })
    const first = asked(ledger, anOrder(stock))
    await clock.settle()
    asked(ledger, anOrder(stock)) // goes on beside one that takes long
    await clock.advance(2_000)
    const behind = asked(ledger, anOrder(stock))
    await clock.advance(60_000)
    assert.equal(first.outcome, undefined)
    assert.ok(behind.outcome instanceof LedgerAway)
    const reasons = said.map(({ reason }) => String(reason))
    assert.match(reasons[0] ?? '', /not been answered for 5 s; its commit may be waiting for a standby/)
    assert.ok(reasons.length === 2, `said ${reasons.length} times in a minute`)
    resolve()
    await clock.settle()
    assert.equal(phaseOf(first), 'Reserved')
  })
})
