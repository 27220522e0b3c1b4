import assert from 'node:assert/strict'
import { type LedRows, ledRows } from '../../fixtures/led-rows.ts'
import { anOrder, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'rows-left'
const ANOTHER = '5f0c0000-0000-4000-8000-000000000000'

describe('a stock whose books are rows, and whose object goes while nobody leads', () => {
  let site: LedRows

  before(async function () {
    this.timeout(120_000)
    site = await ledRows(namespace)
  })
  after(async () => site?.close())

  const stateOf = async (name: string) => (await site.database.rows()).stocks.find((one) => one.name === name)?.state
  const anOpenStock = async (name: string) => {
    await site.shop.createStock(name, { quantity: 20, ledger: { kind: 'Postgres' } })
    const isOpen = (stock: { status?: { conditions?: readonly { type: string; reason: string }[] } }) =>
      stock.status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'Open') ?? false
    return (await site.shop.untilStock(name, isOpen as never)).metadata.uid ?? ''
  }

  it('is closed by who leads next, with what objects have of it; one beside it and one of another cluster stay', async function () {
    this.timeout(180_000)
    const uid = await anOpenStock('left')
    await anOpenStock('stays')
    await site.shop.reserve('object', { left: 2 })
    await site.shop.untilPhase('object', 'Reserved')
    const held = anOrder([[uid, 3]], { about: { namespace } })
    assert.equal(standing(await rowLedger(site.database.books).order(held)).phase, 'Reserved')
    await site.operator.stop()
    await site.shop.clients.stocks.mergePatch(namespace, 'left', { metadata: { finalizers: [] } })
    await site.shop.deleteStock('left')
    await site.database.sql(
      `INSERT INTO kbnt.stock SELECT (jsonb_populate_record(s, jsonb_build_object('uid', gen_random_uuid(),
        'name', 'foreign', 'cluster', '${ANOTHER}'))).* FROM kbnt.stock s WHERE s.name = 'left'`,
    )
    await site.operator.start()
    const ofObjects = async () =>
      (await site.database.rows()).claims.filter(({ stock, about }) => stock === uid && about.source === 'object')
    const isOver = async () => (await stateOf('left')) === 'Closed' && (await ofObjects()).length === 0
    await until('a closed row', 120_000, async () => (await isOver()) || undefined)
    assert.deepEqual([await stateOf('stays'), await stateOf('foreign')], ['Open', 'Open'])
    // as of a stock that is deleted while somebody holds some of it
    assert.equal(
      standing(await rowLedger(site.database.books).order({ kind: 'confirm', uid: held.uid })).phase,
      'Confirmed',
    )
    assert.deepEqual(await rowLedger(site.database.books).order(anOrder(uid)), { kind: 'noStock', stock: uid })
  })
})
