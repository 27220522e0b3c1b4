import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { openStockRow } from '../../../../../operator/application/rows/open-stock-row.ts'
import { objectRowsSweep } from '../../../../../operator/application/rows/reservation/sweep-object-rows.ts'
import { keyOf } from '../../../../../operator/domain/reservation/reservation.ts'
import { auditRows } from '../../../../fixtures/audit-rows.ts'
import { minuteMs, someTerms } from '../../../../fixtures/builders.ts'
import { anOrder, rowLedger } from '../../../../fixtures/row-orders.ts'
import { aRowSite } from './a-row-site.ts'

describe('Rows of reservation objects', () => {
  let site: ReturnType<typeof aRowSite>
  let lead: ReturnType<typeof site.leader>

  beforeEach(() => {
    site = aRowSite()
    lead = site.leader()
  })
  afterEach(() => assert.deepEqual(auditRows(site.books.rows()), []))

  const sweep = () =>
    objectRowsSweep({
      books: site.books,
      ledger: rowLedger(site.books),
      reservations: site.told.reservations,
      serves: (namespace) => namespace !== 'unlisted',
      rowStocks: { find: (key) => site.rowStocks.get(key) },
      cluster: async () => 'here',
    })
  const held = async (stock: string, about: { name: string; namespace?: string }) => {
    const order = anOrder([[stock, 1]], { about: { source: 'object', ...about } })
    await rowLedger(site.books).order(order)
    return order.uid
  }
  async function run(): Promise<void> {
    let isDone = false
    const swept = sweep()().finally(() => (isDone = true))
    while (!isDone) await site.advance(10)
    await swept
  }

  it('end where nobody has an object of them any more, and stay where somebody has', async () => {
    const { uid: stock } = await site.stock('grinder', { allowedNamespaces: ['*'] })
    const { uid: foreign } = await site.stock('of another cluster')
    site.rowStocks.delete(keyOf('shop', 'of another cluster'))
    site.apply('alive')
    await site.look(lead, 'alive')
    const gone = await held(stock, { name: 'gone' })
    const renewed = await held(stock, { name: 'alive' })
    const stay = [await held(stock, { name: 'x', namespace: 'unlisted' }), await held(foreign, { name: 'gone' })]
    await run()
    const left = site.books.rows().claims.map(({ claim }) => claim.uid)
    assert.deepEqual(left.toSorted(), [...stay, site.stored.get('shop/alive')?.uid].toSorted())
    const ended = site.books.rows().finished.map(({ uid }) => uid)
    assert.deepEqual(ended.toSorted(), [gone, renewed].toSorted())
  })

  it('end also where their stock is gone, and stay where that is of another cluster', async () => {
    const terms = someTerms({ allowedNamespaces: ['*'] })
    const stockOf = async (cluster: string) => {
      const uid = randomUUID()
      await openStockRow(site.books, {
        stock: { uid, namespace: 'shop', name: 'gone' },
        terms,
        generation: 1,
        cluster,
      })
      return uid
    }
    const [ours, foreign] = [await stockOf('here'), await stockOf('elsewhere')]
    await held(ours, { name: 'gone' })
    const stays = await held(foreign, { name: 'gone' })
    const isFormer = { ...(await site.stock('restored')), name: 'gone', formerUids: [ours] }
    site.rowStocks.set(keyOf('shop', 'gone'), isFormer)
    await run()
    assert.equal(site.books.rows().claims.length, 2, 'of a stock whose books nobody has accepted yet')
    site.rowStocks.delete(keyOf('shop', 'gone'))
    await run()
    assert.deepEqual(
      site.books.rows().claims.map(({ claim }) => claim.uid),
      [stays],
    )
  })

  it('end where their object says that it is over', async () => {
    const stock = await site.stock('grinder')
    site.apply('order', { waitForMs: minuteMs })
    await site.look(lead, 'order')
    const order = anOrder([[stock.uid, 2]], {
      uid: site.stored.get('shop/order')?.uid ?? '',
      about: { name: 'order', source: 'object' },
    })
    await rowLedger(site.books).order(order) // by somebody who had read it before
    await run()
    assert.deepEqual(site.balancesOf(stock), [0, 0])
  })

  it('are asked for in the store itself where the watch does not show them', async () => {
    const stock = await site.stock('grinder')
    site.apply('order')
    await site.look(lead, 'order')
    const reservation = site.stored.get('shop/order')
    site.stored.delete('shop/order')
    site.told.world.read = () => reservation
    await run()
    assert.deepEqual(site.balancesOf(stock), [2, 0])
  })
})
