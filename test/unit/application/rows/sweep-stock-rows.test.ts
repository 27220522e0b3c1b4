import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import { openStockRow } from '../../../../operator/application/rows/open-stock-row.ts'
import { LedRowStocks } from '../../../../operator/application/rows/stock/led-row-stocks.ts'
import { stockRowsSweep } from '../../../../operator/application/rows/stock/sweep-stock-rows.ts'
import { rowBooksIn } from '../../../fakes/in-memory-rows.ts'
import { inMemoryStockRows } from '../../../fakes/in-memory-stock-rows.ts'
import { InMemoryTables } from '../../../fakes/in-memory-tables.ts'
import { someTerms, tenOClock } from '../../../fixtures/builders.ts'
import { aStock } from './a-led-world.ts'

/** Rows that others have opened, and a leader who has come after them. */
function aNewLeader({ cluster = 'here' as string | null } = {}) {
  const tables = new InMemoryTables(() => tenOClock)
  const rows = inMemoryStockRows(tables)
  const books = rowBooksIn(tables)
  const stocks = new LedRowStocks({ isServed: () => true, eventsBehind: () => false })
  /** What the API server has, by `namespace/name`. */
  const objects = new Map<string, StoredStock>()
  const unlisted = new Set<string>()
  const asked: string[] = []
  const sweep = stockRowsSweep({
    ...{ database: 'default', rows, stocks, cluster: async () => cluster ?? undefined },
    ledger: {
      serves: (namespace = '') => !unlisted.has(namespace),
      async read(namespace, name) {
        asked.push(`${namespace}/${name}`)
        if (name === 'broken') throw new Error('nobody answers')
        return objects.get(`${namespace}/${name}`)
      },
    },
  })
  async function row(name: string, { of = 'here' as string | null, namespace = 'shop', uid = randomUUID() } = {}) {
    const stock = { uid, namespace, name }
    await openStockRow(books, { stock, terms: someTerms(), generation: 1, ...(of !== null && { cluster: of }) })
    return uid
  }
  const stateOf = (uid: string) => tables.stocks.get(uid)?.state
  return { tables, rows, stocks, objects, unlisted, asked, sweep, row, stateOf }
}

describe('Rows of stocks whose objects went while nobody led', () => {
  it('are closed as if they had been seen to go, and told so once', async () => {
    const { sweep, row, tables, stateOf } = aNewLeader()
    const uid = await row('bean')
    assert.equal(await sweep(), 60_000)
    assert.equal(stateOf(uid), 'Closed')
    const notes = () => tables.told.get(uid)?.map(({ entry: { verb, note } }) => note ?? verb)
    assert.deepEqual(notes(), ['created', 'deleted'])
    await sweep()
    assert.deepEqual(notes(), ['created', 'deleted'])
  })

  it('are closed where another object has the name now, and not where the same one is there and was not shown yet', async () => {
    const { sweep, row, objects, stateOf } = aNewLeader()
    const [renewed, young] = [await row('bean'), await row('cup')]
    objects.set('shop/bean', aStock())
    objects.set('shop/cup', aStock({ name: 'cup', uid: young }))
    await sweep()
    assert.deepEqual([stateOf(renewed), stateOf(young)], ['Closed', 'Open'])
  })

  it('are not closed of another cluster, of nobody knows which, nor where nothing tells clusters apart', async () => {
    const world = aNewLeader()
    const left = [await world.row('bean', { of: 'elsewhere' }), await world.row('bean', { of: null })]
    await world.sweep()
    const blind = aNewLeader({ cluster: null })
    const ours = await blind.row('bean')
    await blind.sweep()
    assert.deepEqual([...left.map(world.stateOf), blind.stateOf(ours)], ['Open', 'Open', 'Open'])
    assert.deepEqual([...world.asked, ...blind.asked], [])
  })

  it("are not closed in a namespace that can't be listed or is not served", async () => {
    const { sweep, row, unlisted, stateOf } = aNewLeader()
    unlisted.add('shop')
    const uid = await row('bean')
    await sweep()
    assert.equal(stateOf(uid), 'Open')
  })

  it('are closed beside one of which nobody can say whether it is there', async () => {
    const { sweep, row, stateOf } = aNewLeader()
    const [broken, bean] = [await row('broken'), await row('bean')]
    await assert.rejects(sweep(), /nobody answers/)
    assert.deepEqual([stateOf(broken), stateOf(bean)], ['Open', 'Closed'])
  })

  it('are known as of this cluster once their object was seen, whatever they said before', async () => {
    const { sweep, row, tables, stocks, asked } = aNewLeader()
    const uid = await row('bean', { of: null })
    stocks.seen(aStock({ uid }))
    await sweep()
    assert.equal(tables.clusters.get(uid), 'here')
    assert.deepEqual(asked, [], 'whose object is shown is not asked for')
  })

  it('are found page by page', async () => {
    const { sweep, row, stateOf } = aNewLeader()
    const uids: string[] = []
    for (let count = 0; count < 501; count++) uids.push(await row(`stock-${count}`))
    assert.equal(await sweep(), 0)
    assert.equal(await sweep(), 60_000)
    assert.ok(uids.every((uid) => stateOf(uid) === 'Closed'))
  })
})
