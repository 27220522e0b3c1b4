import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { openStockRow } from '../../operator/application/rows/open-stock-row.ts'
import type { RowLedger } from '../../operator/application/rows/row-ledger.ts'
import type { StockTerms } from '../../operator/domain/stock/terms.ts'
import { auditRows } from '../fixtures/audit-rows.ts'
import { someTerms } from '../fixtures/builders.ts'
import { anOrder, aRowStock, endOver, rowLedger, standing } from '../fixtures/row-orders.ts'
import type { RowWorld } from './row-ledger.contract.ts'

const nobody = '00000000-0000-0000-0000-000000000000'
const ofObject = { source: 'object' } as const

/** Every promise of rows that belong to Reservation objects. */
export function objectRowsContract(describedAs: string, world: () => RowWorld): void {
  describe(`Rows of objects: ${describedAs}`, () => {
    let ledger: RowLedger

    beforeEach(() => {
      ledger = rowLedger(world().books)
    })
    afterEach(async () => assert.deepEqual(auditRows(await world().rows()), []))

    const aStock = (particular: Partial<StockTerms> = {}, name?: string) => aRowStock(world().books, particular, name)
    const balances = async (uid: string) => {
      const row = (await world().rows()).stocks.find((stock) => stock.uid === uid)
      return [row?.balances.reserved, row?.balances.confirmed]
    }

    const allOfObjects = () => world().books.ofObjects(nobody, 100)

    it('are ended by nobody but who asks for that, however late', async () => {
      const stock = await aStock()
      const [object, row] = [anOrder([[stock, 2]], { about: ofObject }), anOrder([[stock, 3]])]
      await Promise.all([ledger.order(object), ledger.order(row)])
      await world().letTimePass()
      await endOver(world().books, ledger)
      assert.deepEqual(await balances(stock), [2, 0])
      assert.equal(standing(await ledger.order(anOrder([[stock, 4]]))).reason, 'InsufficientStock')
      assert.equal(standing(await ledger.order({ kind: 'expire', uid: object.uid })).reason, 'HoldExpired')
      assert.deepEqual(await balances(stock), [0, 0])
    })

    it('are confirmed late where nobody could do so before', async () => {
      const stock = await aStock()
      const order = anOrder(stock, { about: ofObject })
      await ledger.order(order)
      await world().letTimePass()
      assert.equal(standing(await ledger.order({ kind: 'confirm', uid: order.uid, late: true })).phase, 'Confirmed')
      assert.deepEqual(await balances(stock), [0, 1])
    })

    it('give back what is held or lent when their object is gone, and leave sold what is sold', async () => {
      const [goods, pool] = [await aStock(), await aStock({ reclaimPolicy: 'Return' })]
      const held = anOrder([[goods, 1]], { about: ofObject })
      const sold = anOrder([[goods, 2]], { about: ofObject, confirm: true })
      const lent = anOrder([[pool, 4]], { about: ofObject, confirm: true })
      for (const order of [held, sold, lent]) await ledger.order(order)
      const ends = await Promise.all([held, sold, lent].map(({ uid }) => ledger.order({ kind: 'end', uid })))
      assert.deepEqual(
        ends.map((end) => [standing(end).phase, standing(end).reason]),
        [
          ['Released', 'Deleted'],
          ['Confirmed', undefined],
          ['Released', 'Deleted'],
        ],
      )
      assert.deepEqual(
        [await balances(goods), await balances(pool)],
        [
          [0, 2],
          [0, 0],
        ],
      )
    })

    for (const lentFirst of [true, false])
      it(`give back of a set what is lent, and not what is sold (the home is ${lentFirst ? 'lent' : 'sold'})`, async () => {
        const policies = ['Return', 'Consume'] as const
        const stocks = [
          await aStock({ reclaimPolicy: policies[lentFirst ? 0 : 1] }),
          await aStock({ reclaimPolicy: policies[lentFirst ? 1 : 0] }),
        ]
        const set = anOrder(
          stocks.map((stock) => [stock, 2] as const),
          { about: ofObject, confirm: true },
        )
        await ledger.order(set)
        for (let time = 0; time < 2; time++) {
          const end = standing(await ledger.order({ kind: 'end', uid: set.uid }))
          assert.deepEqual([end.phase, end.lines.length], ['Confirmed', 1])
        }
        const [lent = '', sold = ''] = lentFirst ? stocks : stocks.toReversed()
        assert.deepEqual(
          [await balances(lent), await balances(sold)],
          [
            [0, 0],
            [0, 2],
          ],
        )
        assert.equal(
          (await allOfObjects()).some(({ uid }) => uid === set.uid),
          false,
        )
      })

    it('are found by their uids as long as they have something, a set once', async () => {
      const [bean, cup] = [await aStock(), await aStock()]
      const set = anOrder(
        [
          [bean, 1],
          [cup, 1],
        ],
        { about: ofObject },
      )
      const one = anOrder(bean, { about: ofObject })
      for (const order of [set, one, anOrder(bean)]) await ledger.order(order)
      const all = await allOfObjects()
      assert.deepEqual(
        all.filter(({ stock }) => stock === bean).map(({ uid }) => uid),
        [set.uid, one.uid].sort(),
      )
      const found = all.find(({ uid }) => uid === set.uid)
      assert.deepEqual(found, {
        ...{ uid: set.uid, namespace: 'shop', name: set.about.name },
        ...{ stock: bean, stockNamespace: 'shop', stockName: `stock-${bean}` },
        cluster: undefined,
      })
      assert.deepEqual(await world().books.ofObjects(nobody, 1), all.slice(0, 1))
      assert.deepEqual(await world().books.ofObjects(all[0]?.uid ?? '', 100), all.slice(1))
      await ledger.order({ kind: 'release', uid: set.uid })
      assert.deepEqual(
        await allOfObjects(),
        all.filter(({ uid }) => uid !== set.uid),
      )
    })

    it('say in which cluster their stock was opened', async () => {
      const [stock, cluster] = [randomUUID(), randomUUID()]
      const identity = { uid: stock, namespace: 'shop', name: `stock-${stock}` }
      await openStockRow(world().books, { stock: identity, terms: someTerms(), generation: 1, cluster })
      await ledger.order(anOrder(stock, { about: ofObject }))
      const found = (await allOfObjects()).find((one) => one.stock === stock)
      assert.equal(found?.cluster, cluster)
    })
  })
}
