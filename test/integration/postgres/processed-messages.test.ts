import assert from 'node:assert/strict'
import type pg from 'pg'
import { migrate, refuseOtherTables } from '../../../operator/infrastructure/postgres/migrate.ts'
import { requestTables } from '../../../operator/infrastructure/postgres/request-tables.ts'
import { postgresProcessedMessages } from '../../../operator/infrastructure/postgres/requests/postgres-processed-messages.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { processedMessagesContract } from '../../contracts/processed-messages.contract.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('The tables of requests in PostgreSQL', function () {
  this.timeout(60_000)
  const pools: pg.Pool[] = []
  let url: string
  const pool = () => {
    const made = writerPool({ connection: { url }, lanes: 1 })
    pools.push(made)
    return made
  }
  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool().connect()
    return work(client).finally(() => client.release(true))
  }

  before(async () => {
    url = (await testbed().ownPostgres()).url
  })
  after(() => Promise.all(pools.map((one) => one.end())))

  it('are refused before they are there, made once, and refused again when a newer program has changed them', async () => {
    const refuse = () => withClient((client) => refuseOtherTables(client, requestTables))
    await assert.rejects(refuse, /no tables yet; the operator that leads, with requests\.rememberIn, makes them/)
    const made = () => withClient((client) => migrate(client, requestTables))
    const migrated = await Promise.all([made(), made()])
    assert.deepEqual(
      migrated.map(({ to }) => to),
      [1, 1],
    )
    await refuse()
    const version = (text: string) => withClient((client) => client.query(text))
    await version('INSERT INTO kbnt_requests.version VALUES (2, clock_timestamp(), 1)')
    await refuse()
    await version('UPDATE kbnt_requests.version SET writers_from = 2 WHERE number = 2')
    await assert.rejects(refuse, /version 2, which programs from version 2 on may write/)
    await version('DELETE FROM kbnt_requests.version WHERE number = 2')
  })

  processedMessagesContract('in PostgreSQL', async () => ({
    processed: postgresProcessedMessages(pool()),
    another: postgresProcessedMessages(pool()),
  }))

  it('can be read with no more than the right to do that', async () => {
    await withClient(async (client) => {
      await client.query('CREATE ROLE request_reader LOGIN')
      await client.query('GRANT USAGE ON SCHEMA kbnt_requests TO request_reader')
      await client.query('GRANT SELECT ON ALL TABLES IN SCHEMA kbnt_requests TO request_reader')
    })
    const place = new URL(url)
    place.username = 'request_reader'
    const check = (client: pg.ClientBase) => refuseOtherTables(client, requestTables)
    const reader = writerPool({ connection: { url: place.href }, lanes: 1, check })
    pools.push(reader)
    assert.equal((await postgresProcessedMessages(reader).find(['vr-none'])).size, 0)
    await assert.rejects(postgresProcessedMessages(reader).forget(0), /permission denied/)
  })

  it('old rows go some pages at a time, and others are found by their key however many there are', async () => {
    const made = pool()
    await made.query(`INSERT INTO kbnt_requests.processed_message
      SELECT 'vr-' || number, 'desk', 'm-' || number, 'd', 'u-' || number, 'Completed', 'Running', now(), 't', 0, number,
        now() - number * interval '1 minute' FROM generate_series(0, 24999) AS number`)
    await made.query('ANALYZE kbnt_requests.processed_message') // while there are many: few are read as they lie
    const plan = await made.query(`EXPLAIN SELECT 1 FROM kbnt_requests.processed_message WHERE request = ANY ('{a,b}')`)
    assert.match(JSON.stringify(plan.rows), /processed_message_pkey/)
    const processed = postgresProcessedMessages(made)
    assert.equal(await processed.forget(3_600_000), 20_000)
    assert.ok((await processed.forget(3_600_000)) > 4_900)
    assert.equal((await processed.find(['vr-1', 'vr-24999'])).size, 1)
  })
})
