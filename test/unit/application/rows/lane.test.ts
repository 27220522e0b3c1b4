import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { openStockRow } from '../../../../operator/application/rows/open-stock-row.ts'
import { type Answer, LedgerAway, LedgerBusy, type Reserve } from '../../../../operator/application/rows/order.ts'
import { NotWritten, OutcomeUnknown, Oversold } from '../../../../operator/application/rows/row-books.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows, type Mishap } from '../../../fakes/in-memory-rows.ts'
import { auditRows } from '../../../fixtures/audit-rows.ts'
import { someTerms, tenOClock } from '../../../fixtures/builders.ts'
import { anOrder, standing } from '../../../fixtures/row-orders.ts'

type Outcome = Answer | Error

describe('Orders in a lane', () => {
  let clock: FakeClock
  let books: InMemoryRows
  let ledger: RowLedger
  let stock: string
  let said: string[]

  beforeEach(async () => {
    clock = fakeClock(tenOClock)
    books = inMemoryRows(tenOClock)
    said = []
    const patience = { clock, onRetry: () => undefined, onTrouble: (message: string) => void said.push(message) }
    ledger = new RowLedger({ books, clock, patience, lanes: 1 })
    stock = await aStock()
  })
  afterEach(() => assert.deepEqual(auditRows(books.rows()), []))

  async function aStock(quantity = 10): Promise<string> {
    const uid = randomUUID()
    await openStockRow(books, {
      stock: { uid, namespace: 'shop', name: 'bean' },
      terms: someTerms({ quantity }),
      generation: 1,
    })
    return uid
  }

  /** Asks, and notes what comes of it, when it comes. */
  function asked(order: Reserve): { outcome?: Outcome } {
    const noted: { outcome?: Outcome } = {}
    ledger.order(order).then(
      (answer) => Object.assign(noted, { outcome: answer }),
      (error: Error) => Object.assign(noted, { outcome: error }),
    )
    return noted
  }
  const phaseOf = ({ outcome }: { outcome?: Outcome }) => (outcome ? standing(outcome as Answer).phase : undefined)
  const times = (count: number, mishap: Mishap) => Array.from({ length: count }, () => mishap)

  it('go together with whatever is asked for while a transaction is under way', async () => {
    const all = Array.from({ length: 20 }, () => asked(anOrder(stock)))
    await clock.settle()
    assert.equal(all.filter((one) => phaseOf(one) === 'Reserved').length, 10)
    assert.equal(books.commits, 2) // the first alone, the rest together
  })

  it('are answered only when it is known whether they are kept', async () => {
    books.meet('answer lost', 'answer lost', 'commit lost')
    const one = asked(anOrder(stock))
    await clock.settle()
    assert.equal(one.outcome, undefined)
    await clock.advance(1_000)
    assert.equal(phaseOf(one), 'Reserved')
    assert.equal(books.rows().stocks[0]?.balances.reserved, 1)
  })

  it('are asked for until that is known, however long it takes, and it is said', async () => {
    books.meet(...times(15, 'commit lost'))
    const one = asked(anOrder(stock))
    await clock.advance(6_000) // longer than anybody waits of whom it is known
    assert.equal(one.outcome, undefined)
    await clock.advance(10_000)
    assert.equal(phaseOf(one), 'Reserved')
    assert.deepEqual(said, ["can't write rows; tried again"])
  })

  it('are sent away after five seconds in which surely nothing was done, those behind them too', async () => {
    books.meet(...times(30, 'not written'))
    const first = asked(anOrder(stock))
    await clock.advance(1_000)
    const behind = asked(anOrder(stock))
    await clock.advance(4_900)
    assert.ok(first.outcome instanceof LedgerAway, String(first.outcome))
    await clock.advance(2_000)
    assert.ok(behind.outcome instanceof LedgerAway)
    assert.equal(books.rows().stocks[0]?.balances.reserved, 0)
  })

  it('suffer nothing from one that can not be written', async () => {
    const ledgerOf = (uid: string) => asked(anOrder(stock, { uid }))
    const first = ledgerOf(randomUUID())
    const rest = Array.from({ length: 4 }, () => ledgerOf(randomUUID()))
    books.meet(...([undefined, 'broken', 'broken', 'broken'] as Mishap[]))
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
    books.meet('commit lost', ...times(30, 'not written'))
    const one = asked(anOrder(stock))
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
        if (trips > 3 && trips < 20) throw new NotWritten('away')
        await books.transact(wanted, decide)
        if (trips === 2) throw new OutcomeUnknown('the answer is lost')
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: failing, clock, patience, lanes: 1 })
    const [, ...both] = [asked(anOrder(stock)), asked(anOrder(stock)), asked(anOrder(stock))]
    await clock.advance(7_000)
    assert.deepEqual(
      both.map(({ outcome }) => outcome),
      [undefined, undefined],
    )
    await clock.advance(20_000)
    assert.deepEqual(both.map(phaseOf), ['Reserved', 'Reserved'])
  })

  it('are refused where they name a stock twice', async () => {
    const twice = anOrder([
      [stock, 1],
      [stock, 1],
    ])
    await assert.rejects(ledger.order(twice), /names a stock twice/)
  })

  it('are not tried again where the database refuses to oversell', async () => {
    const refusing: typeof books = { ...books, transact: () => Promise.reject(new Oversold('11 out of 10', stock)) }
    const parts = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    const other = new RowLedger({ books: refusing, clock, patience: parts, lanes: 1 })
    await assert.rejects(other.order(anOrder(stock)), Oversold)
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
  })
})
