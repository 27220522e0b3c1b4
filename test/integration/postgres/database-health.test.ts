import assert from 'node:assert/strict'
import pg from 'pg'
import { databaseHealth } from '../../../operator/infrastructure/postgres/database-health.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

describe('The oldest snapshot in PostgreSQL', function () {
  this.timeout(60_000)
  let url: string
  let database: RowDatabase

  before(async () => {
    url = (await testbed().ownPostgres()).url
    database = await rowDatabase(url)
  })
  after(() => database.close())

  /** One that is older than a second. */
  async function snapshotOf(backends: string) {
    const found = await database.sql(
      `SELECT 1 FROM pg_stat_activity WHERE backend_type = $1 AND backend_xmin IS NOT NULL
        AND datname = current_database() AND xact_start < clock_timestamp() - interval '1 second'`,
      [backends],
    )
    return found[0]
  }

  it("is a client's", async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await client.query('SELECT 1 FROM kbnt.version')
    await until('old snapshot', 10_000, () => snapshotOf('client backend'))
    assert.ok((await databaseHealth(database.pool)).oldestSnapshotMs >= 1_000)
    await client.end()
  })

  it('is none of those that clear away what nobody needs', async () => {
    await database.sql("ALTER SYSTEM SET autovacuum_naptime = '1s'")
    await database.sql('SELECT pg_reload_conf()')
    await database.sql(`CREATE TABLE worn (n integer) WITH (autovacuum_vacuum_threshold = 0,
      autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)`)
    await database.sql('INSERT INTO worn SELECT generate_series(1, 100000)')
    await database.sql('DELETE FROM worn')
    await until('vacuum', 40_000, () => snapshotOf('autovacuum worker'))
    const { oldestSnapshotMs } = await databaseHealth(database.pool)
    assert.ok(oldestSnapshotMs < 1_000, `${oldestSnapshotMs} ms`)
  })
})
