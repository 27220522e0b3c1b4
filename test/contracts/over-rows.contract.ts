import assert from 'node:assert/strict'
import type { RowLedger } from '../../operator/application/rows/row-ledger.ts'
import { auditRows } from '../fixtures/audit-rows.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../fixtures/row-orders.ts'
import type { RowWorld } from './row-ledger.contract.ts'

/** Every promise of holds that are over and that whoever needs their units can't end. */
export function overRowsContract(describedAs: string, world: () => RowWorld): void {
  describe(`Holds that are over and can't be ended here: ${describedAs}`, () => {
    let ledger: RowLedger

    beforeEach(() => {
      ledger = rowLedger(world().books)
    })
    afterEach(async () => assert.deepEqual(auditRows(await world().rows()), []))

    const aStock = (quantity = 5) => aRowStock(world().books, { quantity })
    const reasonAt = async (stock: string) => standing(await ledger.order(anOrder(stock))).reason

    it('keep nobody waiting at any of their stocks while one of these is halted', async () => {
      const [home, second, last] = [await aStock(), await aStock(), await aStock()]
      await ledger.order(anOrder([home, second, last].map((stock) => [stock, 5] as const)))
      await world().letTimePass()
      assert.deepEqual(await ledger.order(anOrder(home)), { kind: 'busy', stock: home })
      assert.deepEqual(await ledger.order(anOrder(second)), { kind: 'busy', stock: second })
      await world().books.halt(last)
      assert.deepEqual([await reasonAt(home), await reasonAt(second)], ['InsufficientStock', 'InsufficientStock'])
    })

    it('keep nobody waiting at a stock while that of their home is halted', async () => {
      const [home, other] = [await aStock(), await aStock()]
      await ledger.order(anOrder([home, other].map((stock) => [stock, 5] as const)))
      await world().letTimePass()
      await world().books.halt(home)
      assert.equal(await reasonAt(other), 'InsufficientStock')
    })

    it('are not all looked at where there are thousands: whoever needs their units is told to try again', async function () {
      this.timeout(30_000)
      const [home, other] = [await aStock(2_001), await aStock(2_001)]
      const sets = Array.from({ length: 2_000 }, () => anOrder([home, other].map((stock) => [stock, 1] as const)))
      await Promise.all(sets.map((order) => ledger.order(order)))
      await ledger.order(anOrder(home, { ttlMs: 16 * 60_000 }))
      await world().letTimePass()
      assert.deepEqual(await ledger.order(anOrder(home)), { kind: 'busy', stock: home })
    })
  })
}
