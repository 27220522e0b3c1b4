import assert from 'node:assert/strict'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'rows-restored'

describe('a stock whose books are rows, and whose objects come back from a backup under other uids', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let database: RowDatabase

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    const postgres = await testbed().ownPostgres()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const databases = { default: { url: postgres.url, allowUnencrypted: true, durability: 'local' } }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings: { databases } })
    await operator.start()
    database = await rowDatabase(postgres.url)
  })
  after(async () => {
    await operator?.dispose()
    await database?.close()
    await shop?.close()
  })

  const spec = { quantity: 20, ledger: { kind: 'Postgres' } }
  const untilReason = (reason: string) =>
    shop.untilStock(
      'bean',
      ({ status }: VirtualStock) => status?.conditions?.some((one) => one.reason === reason) ?? false,
    )
  const annotate = (annotations: Record<string, string>) =>
    shop.clients.stocks.mergePatch(namespace, 'bean', { metadata: { annotations } })

  it('is lost until somebody accepts its books, and then has what objects and HTTP hold of it', async function () {
    this.timeout(180_000)
    await shop.createStock('bean', spec)
    const former = (await untilReason('Open')).metadata.uid ?? ''
    await shop.reserve('order', { bean: 2 })
    await shop.untilPhase('order', 'Reserved')
    const held = anOrder([[former, 3]], { about: { namespace } })
    assert.equal(standing(await rowLedger(database.books).order(held)).phase, 'Reserved')

    await operator.stop()
    await shop.clients.stocks.mergePatch(namespace, 'bean', { metadata: { finalizers: [] } })
    await shop.deleteStock('bean')
    await shop.clients.reservations.delete(namespace, 'order')
    await shop.stocks.until(`${namespace}/bean`, (stock) => stock === undefined)
    await shop.createStock('bean', spec)
    await annotate({ 'kbnt.io/opened': `postgres.${former}` })
    await shop.reserve('order', { bean: 2 })
    await operator.start()

    const lost = await untilReason('StatusLost')
    const uid = lost.metadata.uid ?? ''
    await annotate({ 'kbnt.io/accept-books': uid })
    await untilReason('Open')
    await shop.untilPhase('order', 'Reserved')
    const row = (await database.rows()).stocks.find((stock) => stock.uid === uid)
    assert.equal(row?.balances.reserved, 5)
    assert.equal(standing(await rowLedger(database.books).order({ kind: 'confirm', uid: held.uid })).phase, 'Confirmed')
    await shop.untilStock('bean', ({ status }) => status?.reserved === 2 && status.confirmed === 3)
    const { annotations } = (await shop.clients.stocks.get(namespace, 'bean')).body.metadata
    assert.equal(annotations?.['kbnt.io/opened'], `postgres.${uid}`)
  })
})
