import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { LedgerAway } from '../../../../operator/application/rows/order.ts'
import { NotWritten } from '../../../../operator/application/rows/row-books.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { type Asked, anOrder, aRowStock, asked, phaseOf } from '../../../fixtures/row-orders.ts'

describe('Orders that are looked for first', () => {
  let clock: FakeClock
  let rows: InMemoryRows
  let reads: number
  let read: (uids: readonly string[]) => ReturnType<InMemoryRows['stocksOf']>
  let ledger: RowLedger

  beforeEach(() => {
    clock = fakeClock(tenOClock)
    rows = inMemoryRows(clock.now)
    reads = 0
    read = rows.stocksOf
    const stocksOf = (uids: readonly string[]) => {
      reads += 1
      return read(uids)
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books: { ...rows, stocksOf }, clock, patience, lanes: 1 })
  })

  const pass = (ms: number) => new Promise<void>((resolve) => void clock.schedule(ms, resolve))
  const confirm = (uid: string) => asked(ledger, { kind: 'confirm', uid })
  const isAway = ({ outcome }: Asked) => outcome instanceof LedgerAway

  it('wait no longer for a database that says nothing than its first read takes', async () => {
    read = async () => {
      await pass(4_900)
      throw new NotWritten('no answer')
    }
    const all = Array.from({ length: 3_000 }, () => confirm(randomUUID()))
    await clock.advance(5_000)
    assert.deepEqual([all.filter(isAway).length, reads], [3_000, 1])
  })

  it('are sent away rather than read once they have waited for five seconds, and whoever comes later is served', async () => {
    const order = anOrder(await aRowStock(rows))
    asked(ledger, order)
    await clock.settle()
    read = async (uids) => {
      await pass(2_600)
      return rows.stocksOf(uids)
    }
    const crowd = Array.from({ length: 1_000 }, () => confirm(randomUUID()))
    const last = confirm(order.uid)
    await clock.advance(3_000)
    const later = confirm(order.uid)
    await clock.advance(2_200)
    assert.equal(isAway(last), true)
    assert.equal(crowd.filter(({ outcome }) => outcome !== undefined).length, 1_000)
    await clock.advance(3_000)
    assert.equal(phaseOf(later), 'Confirmed')
  })
})
