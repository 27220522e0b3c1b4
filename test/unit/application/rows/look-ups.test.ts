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

  const hold = async (count: number) => {
    const stock = await aRowStock(rows, { quantity: count })
    const orders = Array.from({ length: count }, () => anOrder(stock))
    for (const order of orders) asked(ledger, order)
    await clock.advance(100)
    return orders.map(({ uid }) => uid)
  }
  const isConfirmed = (one: Asked) => one.outcome !== undefined && !isAway(one) && phaseOf(one) === 'Confirmed'

  it('wait no longer than five seconds for a database that says nothing, and read it no more than twice at once', async () => {
    read = async () => {
      await pass(4_900)
      throw new NotWritten('no answer')
    }
    const all = Array.from({ length: 3_000 }, () => confirm(randomUUID()))
    await clock.advance(4_800)
    assert.equal(reads, 2)
    await clock.advance(200)
    assert.equal(all.filter(isAway).length, 3_000)
  })

  it('go on beside a read that hangs, and so do those that it was for', async () => {
    const uids = await hold(900)
    read = async (wanted) => {
      if (reads > 1) return rows.stocksOf(wanted)
      await pass(5_000)
      throw new NotWritten('no answer')
    }
    const all = uids.map(confirm)
    await clock.advance(1_000)
    assert.deepEqual([all.filter(isConfirmed).length, reads], [900, 3])
    await clock.advance(10_000)
    assert.equal(reads, 3)
  })

  it('are read once more where a read fails, and then those of that read alone are sent away', async () => {
    const uids = await hold(600)
    const sick = uids[0] ?? ''
    read = async (wanted) => {
      if (wanted.includes(sick)) throw new NotWritten('the connection is gone')
      return rows.stocksOf(wanted)
    }
    const all = uids.map(confirm)
    await clock.advance(1_000)
    assert.equal(isAway(all[0] ?? {}), true)
    assert.ok(all.filter(isConfirmed).length >= 100)
    read = async (wanted) => {
      if (reads === 1) throw new NotWritten('the connection is gone')
      return rows.stocksOf(wanted)
    }
    reads = 0
    const again = uids.map(confirm)
    await clock.advance(1_000)
    assert.equal(again.filter(isConfirmed).length, 600)
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
