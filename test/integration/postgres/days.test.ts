import assert from 'node:assert/strict'
import pg from 'pg'
import { dropFinished } from '../../../operator/infrastructure/postgres/drop-finished.ts'
import { migrate } from '../../../operator/infrastructure/postgres/migrate.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

const DAY_MS = 24 * 3_600_000

describe('Days of what is finished', () => {
  let url: string
  let database: RowDatabase
  let pool: pg.Pool

  before(async function () {
    this.timeout(60_000)
    url = (await testbed().ownPostgres()).url
    database = await rowDatabase(url)
    pool = writerPool({ connection: { url }, lanes: 1 })
  })
  after(async () => {
    await pool.end()
    await database.close()
  })

  const named = (ms: number) => `finished_${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')}`
  const days = async () =>
    (
      await database.sql<{ name: string }>(
        "SELECT relname AS name FROM pg_class WHERE relname ~ '^finished_[0-9]+$' AND relkind = 'r' ORDER BY relname",
      )
    ).map(({ name }) => name)
  /** A day `ago` days ago, as if it had been made then. */
  async function aDay(ago: number): Promise<string> {
    const from = new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10)
    const to = new Date(Date.now() - (ago - 1) * DAY_MS).toISOString().slice(0, 10)
    const name = named(Date.now() - ago * DAY_MS)
    await database.sql(`CREATE TABLE kbnt.${name} PARTITION OF kbnt.finished FOR VALUES FROM ('${from}') TO ('${to}')`)
    return name
  }
  /** One that was refused, and of which it is that many days ago. */
  async function aRefusal(ago: number): Promise<string> {
    const stock = await aRowStock(database.books, { quantity: 1 })
    const order = anOrder([[stock, 2]])
    assert.equal(standing(await rowLedger(database.books).order(order)).phase, 'Rejected')
    await database.sql(`UPDATE kbnt.finished SET day = day - ${ago} WHERE uid = $1`, [order.uid])
    return order.uid
  }
  const keysOf = async (uids: readonly string[]) =>
    (await database.sql<{ uid: string }>('SELECT uid FROM kbnt.request_key WHERE uid = ANY ($1::uuid[])', [uids])).map(
      ({ uid }) => uid,
    )

  it('are dropped with their keys when all of them is over for longer than is kept, and no others', async () => {
    const [old, kept] = [await aDay(9), await aDay(8)]
    const [forgotten, known] = [await aRefusal(9), await aRefusal(8)]
    assert.equal(await dropFinished(pool, 8 * DAY_MS), 1)
    assert.deepEqual([(await days()).includes(old), (await days()).includes(kept)], [false, true])
    assert.deepEqual(await keysOf([forgotten, known]), [known])
    assert.equal(await dropFinished(pool, 8 * DAY_MS), 0)
  })

  it('are dropped to the end where somebody who began with one has died', async () => {
    const day = await aDay(20)
    await database.sql(`ALTER TABLE kbnt.finished DETACH PARTITION kbnt.${day}`)
    assert.ok((await dropFinished(pool, 19 * DAY_MS)) >= 1)
    assert.equal((await days()).includes(day), false)
  })

  it('wait for nobody who reads: what can not be dropped now is left for later', async () => {
    const day = await aDay(30)
    const reader = new pg.Client({ connectionString: url })
    await reader.connect()
    await reader.query('BEGIN')
    await reader.query('SELECT count(*) FROM kbnt.finished')
    await assert.rejects(dropFinished(pool, 29 * DAY_MS))
    assert.equal(
      standing(await rowLedger(database.books).order(anOrder([[await aRowStock(database.books), 1]]))).phase,
      'Reserved',
    )
    await reader.query('COMMIT')
    await reader.end()
    assert.equal(await dropFinished(pool, 29 * DAY_MS), 1)
    assert.equal((await days()).includes(day), false)
  })

  it('are made a fortnight ahead', async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await migrate(client)
    await client.end()
    assert.ok((await days()).includes(named(Date.now() + 14 * DAY_MS)))
  })
})
