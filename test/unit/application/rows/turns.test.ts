import assert from 'node:assert/strict'
import { LedgerAway, LedgerBusy } from '../../../../operator/application/rows/order.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { type Asked, anOrder, aRowStock, asked, phaseOf } from '../../../fixtures/row-orders.ts'

describe('Orders behind others of their reservation', () => {
  let clock: FakeClock
  let rows: InMemoryRows
  let ledger: RowLedger
  let answer: () => void

  beforeEach(() => {
    clock = fakeClock(tenOClock)
    rows = inMemoryRows(clock.now)
    const { promise, resolve } = Promise.withResolvers<void>()
    answer = resolve
    const books = {
      ...rows,
      async transact(...[wanted, decide]: Parameters<InMemoryRows['transact']>) {
        await rows.transact(wanted, decide)
        await promise
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books, clock, patience, lanes: 1 })
  })

  const isBusy = ({ outcome }: Asked) => outcome instanceof LedgerBusy
  const isAway = ({ outcome }: Asked) => outcome instanceof LedgerAway

  it('wait in turn', async () => {
    const order = anOrder(await aRowStock(rows))
    const all = [order, { kind: 'confirm', uid: order.uid } as const, order].map((one) => asked(ledger, one))
    await clock.advance(4_000)
    assert.deepEqual(all.map(phaseOf), [undefined, undefined, undefined])
    answer()
    await clock.settle()
    assert.deepEqual(all.map(phaseOf), ['Reserved', 'Confirmed', 'Confirmed'])
  })

  it('are sent away after five seconds with nothing done, and whoever comes later is served', async () => {
    const order = anOrder(await aRowStock(rows))
    const first = asked(ledger, order)
    const behind = asked(ledger, { kind: 'release', uid: order.uid })
    await clock.advance(5_000)
    assert.ok(isAway(behind))
    const later = asked(ledger, { kind: 'confirm', uid: order.uid })
    answer()
    await clock.settle()
    assert.deepEqual([phaseOf(first), phaseOf(later)], ['Reserved', 'Confirmed'])
  })

  it('are refused where many wait for the same one, which costs no other reservation anything', async () => {
    const stock = await aRowStock(rows)
    const order = anOrder(stock)
    const all = Array.from({ length: 100 }, () => asked(ledger, order))
    const [other, again] = [anOrder(stock)].flatMap((one) => [asked(ledger, one), asked(ledger, one)])
    await clock.settle()
    assert.equal(all.filter(isBusy).length, 100 - 33)
    answer()
    await clock.advance(1_000)
    assert.equal(
      all.filter((one) => !isBusy(one)).every((one) => phaseOf(one) === 'Reserved'),
      true,
    )
    assert.deepEqual([phaseOf(other ?? {}), phaseOf(again ?? {})], ['Reserved', 'Reserved'])
  })

  it('are refused where many wait in all', async () => {
    const stock = await aRowStock(rows, { quantity: 10_000 })
    const all = Array.from({ length: 200 }, () => anOrder(stock)).flatMap((order) =>
      Array.from({ length: 33 }, () => asked(ledger, order)),
    )
    await clock.settle()
    assert.equal(all.filter(isBusy).length, 200 * 32 - 4_096)
  })
})
