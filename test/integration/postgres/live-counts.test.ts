import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import type { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import { postgresLiveCounts } from '../../../operator/infrastructure/postgres/postgres-live-counts.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

const migrations = join(projectDirectory, 'operator/infrastructure/postgres/migrations')

describe('What is live of a namespace in PostgreSQL', function () {
  this.timeout(60_000)
  let database: RowDatabase
  let ledger: RowLedger

  before(async () => {
    database = await rowDatabase((await testbed().ownPostgres()).url)
    ledger = rowLedger(database.books)
  })
  after(() => database?.close())

  async function counted(): Promise<Record<string, number>> {
    const sums = `SELECT namespace, sum(claims)::int AS claims FROM kbnt.live_count GROUP BY namespace HAVING sum(claims) > 0`
    const counts = await database.sql<{ namespace: string; claims: number }>(sums)
    const rows = await database.sql('SELECT 1 FROM kbnt.claim')
    assert.equal(
      counts.reduce((sum, { claims }) => sum + claims, 0),
      rows.length,
      'all claims, and no more',
    )
    return Object.fromEntries(counts.map(({ namespace, claims }) => [namespace, claims]))
  }

  it('is counted with each decision, of all its stocks, and no more once it is over', async () => {
    const [cup, plate] = [
      await aRowStock(database.books, { quantity: 500, allowedNamespaces: ['web'] }),
      await aRowStock(database.books),
    ]
    const hold = async (wanted: Parameters<typeof anOrder>[0], namespace = 'shop') =>
      standing(await ledger.order(anOrder(wanted, { about: { namespace } }))).uid
    const uids = await Promise.all(Array.from({ length: 100 }, (_, index) => hold(cup, index % 2 ? 'shop' : 'web')))
    assert.deepEqual(await counted(), { shop: 50, web: 50 })
    const set = await hold([
      [cup, 1],
      [plate, 1],
    ])
    assert.deepEqual(await counted(), { shop: 52, web: 50 })
    await hold(cup).then((uid) => ledger.order({ kind: 'extend', uid, ttlMs: 60_000 }))
    assert.deepEqual(await counted(), { shop: 53, web: 50 }, 'what changes is counted once')
    await ledger.order(anOrder(cup, { lines: [{ stock: cup, quantity: 501 }] }))
    await ledger.order({ kind: 'release', uid: set })
    await Promise.all(uids.map((uid, index) => ledger.order({ kind: index < 50 ? 'confirm' : 'release', uid })))
    assert.deepEqual(await counted(), { shop: 1 })
  })

  it('is told of namespaces that have so many', async () => {
    const shared = { allowedNamespaces: ['many'] }
    const stocks = [await aRowStock(database.books, shared), await aRowStock(database.books, shared)]
    for (const stock of stocks) await ledger.order(anOrder(stock, { about: { namespace: 'many' } }))
    const counts = postgresLiveCounts(database.pool)
    assert.deepEqual(await counts.fullNamespaces(2), ['many'])
    assert.deepEqual(await counts.fullNamespaces(3), [])
  })

  it('is right from its beginning, with what was there before', async () => {
    const stock = await aRowStock(database.books)
    await database.sql('DROP TRIGGER count_added ON kbnt.claim')
    await ledger.order(anOrder(stock))
    const step = await readFile(join(migrations, '0004-live-counts.sql'), 'utf8')
    const client = await database.pool.connect()
    try {
      await client.query('BEGIN')
      await client.query('DROP TRIGGER count_gone ON kbnt.claim; DROP TABLE kbnt.live_count')
      await client.query('DROP FUNCTION kbnt.count_added(); DROP FUNCTION kbnt.count_gone()')
      await client.query(step)
      await client.query('COMMIT')
    } finally {
      client.release(true)
    }
    await counted()
    const { uid } = standing(await ledger.order(anOrder(stock)))
    await counted()
    await ledger.order({ kind: 'release', uid })
    await counted()
  })

  it('is not counted where a transaction comes to nothing', async () => {
    const stock = await aRowStock(database.books)
    const before = await counted()
    await assert.rejects(
      database.books.transact({ stocks: [stock], existing: [], ordered: [], consumers: [] }, () => {
        throw new Error('on second thoughts')
      }),
    )
    assert.deepEqual(await counted(), before)
  })
})
