import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { auditRows } from '../../../../fixtures/audit-rows.ts'
import { aRowSite } from './a-row-site.ts'

describe('Reservation objects of a stock in rows that was restored under another uid', () => {
  let site: ReturnType<typeof aRowSite>

  beforeEach(() => {
    site = aRowSite()
  })
  afterEach(() => assert.deepEqual(auditRows(site.books.rows()), []))

  it('wait until somebody has accepted its books, and then go on', async () => {
    const lead = site.leader()
    const stock = await site.stock('grinder')
    site.apply('order')
    await site.look(lead, 'order')
    const restored = { ...stock, uid: randomUUID(), formerUids: [stock.uid] }
    site.rowStocks.set('shop/grinder', { ...restored, isOpen: false })
    site.apply('order', { state: 'Confirmed' })
    const asked = site.asked.length
    for (let count = 0; count < 2; count++) await site.look(lead, 'order', 2_500)
    const { phase, message } = site.statusOf('order') ?? {}
    assert.equal(phase, 'Reserved')
    assert.match(message ?? '', /not decided yet: grinder: its books in database fast take no orders/)
    assert.equal(site.asked.length, asked)
    site.rowStocks.set('shop/grinder', restored)
    await site.look(lead, 'order')
    assert.equal(site.statusOf('order')?.phase, 'Confirmed')
  })

  it('are over where the stock is another one that has the name now', async () => {
    const lead = site.leader()
    const stock = await site.stock('grinder')
    site.apply('order')
    await site.look(lead, 'order')
    site.rowStocks.set('shop/grinder', { ...stock, uid: randomUUID(), formerUids: [randomUUID()] })
    site.apply('order', { state: 'Confirmed' })
    await site.look(lead, 'order')
    assert.equal(site.statusOf('order')?.reason, 'StockGone')
  })
})
