import assert from 'node:assert/strict'
import { pause } from '../../../../operator/application/clock.ts'
import type { Order } from '../../../../operator/application/rows/order.ts'
import { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import { overHoldsSweep } from '../../../../operator/application/rows/sweep-over-holds.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { anOrder, aRowStock } from '../../../fixtures/row-orders.ts'

const SECOND = 1_000

describe('The sweep of holds whose time is up', () => {
  let clock: FakeClock
  let books: InMemoryRows
  let ledger: RowLedger
  /** Orders to end something of these are answered after so long, that it can't be done. */
  let stuck: Map<string, number>
  let tries: number
  let stockOf: Map<string, string>

  beforeEach(() => {
    clock = fakeClock(tenOClock)
    books = inMemoryRows(clock.now)
    const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
    ledger = new RowLedger({ books, clock, patience, lanes: 1 })
    stuck = new Map()
    tries = 0
    stockOf = new Map()
  })

  const aStock = () => aRowStock(books, { quantity: 1_000 })

  async function hold(stock: string, count: number, ttlMs = SECOND): Promise<void> {
    const orders = Array.from({ length: count }, () => anOrder(stock, { ttlMs }))
    for (const { uid } of orders) stockOf.set(uid, stock)
    const all = Promise.all(orders.map((order) => ledger.order(order)))
    await clock.settle()
    await all
  }

  const impeded = {
    async order(order: Order) {
      tries += 1
      const stuckForMs = stuck.get(stockOf.get(order.uid) ?? '')
      if (stuckForMs === undefined) return ledger.order(order)
      await pause(clock, stuckForMs)
      throw new Error('its row is locked')
    },
  }

  /** As the leader does it; answers what the rounds have thrown. */
  function keepSweeping(): string[] {
    const thrown: string[] = []
    const sweep = overHoldsSweep({ books, ledger: impeded, clock })
    const round = async (): Promise<void> => {
      await sweep().catch((error: Error) => thrown.push(error.message))
      clock.schedule(500, () => void round())
    }
    void round()
    return thrown
  }

  const left = (stock: string) => books.rows().claims.filter((claim) => claim.stock === stock).length

  for (const [title, stuckForMs] of [
    ['hangs', 5 * SECOND],
    ['fails at once', 0],
  ] as const)
    it(`ends all others in time where what is tried at one stock with hundreds ${title}`, async () => {
      const [locked, well] = [await aStock(), await aStock()]
      stuck.set(locked, stuckForMs)
      await hold(locked, 600)
      for (let second = 2; second < 20; second++) await hold(well, 3, second * SECOND)
      const thrown = keepSweeping()
      await clock.advance(SECOND)
      for (let second = 2; second < 20; second++) {
        await clock.advance(SECOND)
        assert.ok(left(well) <= 3 * (20 - second), `${left(well)} after ${second} s`)
      }
      assert.equal(left(locked), 600)
      assert.ok(thrown.length > 0 && thrown.every((message) => message === 'its row is locked'))
    })

  it('ends all others in time where hundreds of stocks have more than there is time for', async () => {
    const well = await aStock()
    for (let index = 0; index < 300; index++) {
      const locked = await aStock()
      stuck.set(locked, 5 * SECOND)
      await hold(locked, 4)
    }
    await hold(well, 3, 1_001)
    keepSweeping()
    await clock.advance(2_002)
    assert.equal(left(well), 0)
  })

  it('tries the same again and again, some time apart, until it works, and says nothing of it any more', async () => {
    const locked = await aStock()
    stuck.set(locked, 0)
    await hold(locked, 10)
    const thrown = keepSweeping()
    await clock.advance(11 * SECOND)
    assert.ok(tries >= 50 && tries <= 120, `${tries} tries`)
    assert.equal(left(locked), 10)
    stuck.clear()
    await clock.advance(2 * SECOND)
    assert.equal(left(locked), 0)
    const before = thrown.length
    await clock.advance(10 * SECOND)
    assert.equal(thrown.length, before)
  })

  it('says nothing more of holds that somebody else has ended', async () => {
    const locked = await aStock()
    stuck.set(locked, 0)
    await hold(locked, 2)
    const thrown = keepSweeping()
    await clock.advance(3 * SECOND)
    for (const uid of stockOf.keys()) void ledger.order({ kind: 'release', uid })
    await clock.advance(3 * SECOND)
    const before = thrown.length
    await clock.advance(10 * SECOND)
    assert.deepEqual([left(locked), thrown.length], [0, before])
  })
})
