import assert from 'node:assert/strict'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type LedRows, ledRows } from '../../fixtures/led-rows.ts'
import { anOrder, rowLedger, standing } from '../../fixtures/row-orders.ts'

const namespace = 'rows-restored'

describe('a stock whose books are rows, and whose objects come back from a backup under other uids', () => {
  let site: LedRows

  before(async function () {
    this.timeout(120_000)
    site = await ledRows(namespace)
  })
  after(async () => site?.close())

  const spec = { quantity: 20, ledger: { kind: 'Postgres' } }
  const untilReason = (reason: string) =>
    site.shop.untilStock(
      'bean',
      ({ status }: VirtualStock) => status?.conditions?.some((one) => one.reason === reason) ?? false,
    )
  const annotate = (annotations: Record<string, string>) =>
    site.shop.clients.stocks.mergePatch(namespace, 'bean', { metadata: { annotations } })

  it('is lost until somebody accepts its books, and then has what objects and HTTP hold of it', async function () {
    this.timeout(180_000)
    await site.shop.createStock('bean', spec)
    const former = (await untilReason('Open')).metadata.uid ?? ''
    await site.shop.reserve('order', { bean: 2 })
    await site.shop.untilPhase('order', 'Reserved')
    const held = anOrder([[former, 3]], { about: { namespace } })
    assert.equal(standing(await rowLedger(site.database.books).order(held)).phase, 'Reserved')

    await site.operator.stop()
    await site.shop.clients.stocks.mergePatch(namespace, 'bean', { metadata: { finalizers: [] } })
    await site.shop.deleteStock('bean')
    await site.shop.clients.reservations.delete(namespace, 'order')
    await site.shop.stocks.until(`${namespace}/bean`, (stock) => stock === undefined)
    await site.shop.createStock('bean', spec)
    await annotate({ 'kbnt.io/opened': `postgres.${former}` })
    await site.shop.reserve('order', { bean: 2 })
    await site.operator.start()

    const lost = await untilReason('StatusLost')
    const uid = lost.metadata.uid ?? ''
    await annotate({ 'kbnt.io/accept-books': uid })
    await untilReason('Open')
    await site.shop.untilPhase('order', 'Reserved')
    const row = (await site.database.rows()).stocks.find((stock) => stock.uid === uid)
    assert.equal(row?.balances.reserved, 5)
    assert.equal(
      standing(await rowLedger(site.database.books).order({ kind: 'confirm', uid: held.uid })).phase,
      'Confirmed',
    )
    await site.shop.untilStock('bean', ({ status }) => status?.reserved === 2 && status.confirmed === 3)
    const { annotations } = (await site.shop.clients.stocks.get(namespace, 'bean')).body.metadata
    assert.equal(annotations?.['kbnt.io/opened'], `postgres.${uid}`)
  })
})
