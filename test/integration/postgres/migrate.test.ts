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
    await assert.rejects(tables, /another operator is making the tables of this database/)
    await until('tables', 30_000, () => tables().catch(() => undefined))
    await pool.end()
    await frozen.end()
  })
})
