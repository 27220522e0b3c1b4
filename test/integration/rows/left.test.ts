import assert from 'node:assert/strict'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'rows-left'
const ANOTHER = '5f0c0000-0000-4000-8000-000000000000'

describe('a stock whose books are rows, and whose object goes while nobody leads', () => {
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

  const stateOf = async (name: string) => (await database.rows()).stocks.find((one) => one.name === name)?.state
  const anOpenStock = async (name: string) => {
    await shop.createStock(name, { quantity: 20, ledger: { kind: 'Postgres' } })
    const isOpen = (stock: { status?: { conditions?: readonly { type: string; reason: string }[] } }) =>
      stock.status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'Open') ?? false
    return (await shop.untilStock(name, isOpen as never)).metadata.uid ?? ''
  }

  it('is closed by who leads next, with what objects have of it; one beside it and one of another cluster stay', async function () {
    this.timeout(180_000)
    const uid = await anOpenStock('left')
    await anOpenStock('stays')
    await shop.reserve('object', { left: 2 })
    await shop.untilPhase('object', 'Reserved')
    const held = anOrder([[uid, 3]], { about: { namespace } })
    assert.equal(standing(await rowLedger(database.books).order(held)).phase, 'Reserved')
    await operator.stop()
    await shop.clients.stocks.mergePatch(namespace, 'left', { metadata: { finalizers: [] } })
    await shop.deleteStock('left')
    await database.sql(
      `INSERT INTO kbnt.stock SELECT (jsonb_populate_record(s, jsonb_build_object('uid', gen_random_uuid(),
        'name', 'foreign', 'cluster', '${ANOTHER}'))).* FROM kbnt.stock s WHERE s.name = 'left'`,
    )
    await operator.start()
    const ofObjects = async () =>
      (await database.rows()).claims.filter(({ stock, about }) => stock === uid && about.source === 'object')
    const isOver = async () => (await stateOf('left')) === 'Closed' && (await ofObjects()).length === 0
    await until('a closed row', 120_000, async () => (await isOver()) || undefined)
    assert.deepEqual([await stateOf('stays'), await stateOf('foreign')], ['Open', 'Open'])
    // as of a stock that is deleted while somebody holds some of it
    assert.equal(standing(await rowLedger(database.books).order({ kind: 'confirm', uid: held.uid })).phase, 'Confirmed')
    assert.deepEqual(await rowLedger(database.books).order(anOrder(uid)), { kind: 'noStock', stock: uid })
  })
})
