import assert from 'node:assert/strict'
import pg from 'pg'
import { migrate } from '../../../operator/infrastructure/postgres/migrate.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

describe('Tables in PostgreSQL', () => {
  let url: string

  before(async function () {
    this.timeout(60_000)
    url = (await testbed().ownPostgres()).url
  })

  /** One whose process stops for good once it has the lock, with its connection open. */
  async function frozenWithTheLock(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>()
    const query = async (text: string, values?: unknown[]) => {
      const result = await client.query(text, values)
      if (!text.includes('pg_advisory_lock')) return result
      isLocked()
      return new Promise(() => undefined)
    }
    void migrate({ query } as unknown as pg.ClientBase)
    await locked
    return client
  }

  it('are made within seconds although one that froze while making them is connected, and until then that is said', async function () {
    this.timeout(60_000)
    const frozen = await frozenWithTheLock()
    const pool = writerPool({ connection: { url }, lanes: 1 })
    const tables = async () => {
      const client = await pool.connect()
      return migrate(client).finally(() => client.release(true))
    }
    await assert.rejects(tables, /another program is making the tables of this database/)
    await until('tables', 30_000, () => tables().catch(() => undefined))
    await pool.end()
    await frozen.end()
  })

  it('that are there are left alone while somebody reads them, such as a dump', async () => {
    const [reader, leader] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
    await Promise.all([reader.connect(), leader.connect()])
    await migrate(leader)
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await reader.query('SELECT number FROM kbnt.version')
    await leader.query("SET lock_timeout = '200ms'")
    const { from, to } = await migrate(leader)
    assert.equal(from, to)
    await Promise.all([reader.end(), leader.end()])
  })

  it('that were made first learn who may write them', async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await migrate(client)
    await client.query('ALTER TABLE kbnt.version DROP COLUMN writers_from')
    const { from, to } = await migrate(client)
    assert.equal(from, to)
    const { rows } = await client.query<{ writers_from: number }>('SELECT DISTINCT writers_from FROM kbnt.version')
    assert.deepEqual(rows, [{ writers_from: 1 }])
    await client.end()
  })
})
