import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { databaseTime } from '../../../operator/infrastructure/postgres/database-time.ts'
import { forgetOldRows, unsettledRows } from '../../../operator/infrastructure/postgres/integration/old-rows.ts'
import { postgresConsumptionLog } from '../../../operator/infrastructure/postgres/integration/postgres-consumption-log.ts'
import { postgresKeysInRetry } from '../../../operator/infrastructure/postgres/integration/postgres-keys-in-retry.ts'
import { integrationTables } from '../../../operator/infrastructure/postgres/integration-tables.ts'
import { migrate } from '../../../operator/infrastructure/postgres/migrate.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { consumptionLogContract } from '../../contracts/consumption-log.contract.ts'
import { keysInRetryContract } from '../../contracts/keys-in-retry.contract.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('The tables of the flow integration in PostgreSQL', function () {
  this.timeout(60_000)
  const pools: pg.Pool[] = []
  const pool = async () => {
    const made = writerPool({ connection: { url: await database() }, lanes: 2 })
    pools.push(made)
    return made
  }
  let url: Promise<string> | undefined
  const database = () => {
    url ??= testbed()
      .ownPostgres()
      .then((made) => made.url)
    return url
  }

  before(async () => {
    const client = await (await pool()).connect()
    await migrate(client, integrationTables).finally(() => client.release(true))
  })
  after(() => Promise.all(pools.map((one) => one.end())))

  consumptionLogContract('in PostgreSQL', async () => {
    const target = randomUUID()
    return { log: postgresConsumptionLog(await pool(), target), another: postgresConsumptionLog(await pool(), target) }
  })

  keysInRetryContract('in PostgreSQL', async () => {
    const options = { target: randomUUID(), keptMs: 60_000 }
    return { keys: postgresKeysInRetry(await pool(), options), another: postgresKeysInRetry(await pool(), options) }
  })

  it('are in a database that tells its time, in milliseconds', async () => {
    const before = Date.now()
    const told = await databaseTime(await pool())
    assert.ok(told >= before - 1 && told <= Date.now() + 1, `${told - before} ms after it was asked`)
  })

  it('know nothing of other targets', async () => {
    const [one, other] = [postgresConsumptionLog(await pool(), 'one'), postgresConsumptionLog(await pool(), 'other')]
    const row = {
      ...{ eventId: 'e-1', occasion: 'stock.created', stock: 'shop/grinder', stockUid: 'e', sequence: 1 },
      ...{ topic: 't', partition: 0, offset: 0n, status: 'FAILED' as const, blocks: true, externalId: undefined },
      ...{ attempts: 0, durationMs: undefined, error: undefined, learnt: { externalId: 'x' } },
    }
    await one.record([row])
    const { events, stocks } = await other.known(['e-1'], ['e'])
    assert.equal(events.size, 0)
    assert.equal(stocks.get('e')?.externalId, undefined)
    assert.equal(stocks.get('e')?.blockedFrom, undefined)
    assert.equal(await other.claim(row), true)
  })

  it('rows of which the server takes one not keep it from taking those of others', async () => {
    const log = postgresConsumptionLog(await pool(), randomUUID())
    const row = (eventId: string) => ({
      ...{ eventId, occasion: 'stock.created', stock: 'shop/grinder', stockUid: 'e', sequence: 1 },
      ...{ topic: 't', partition: 0, offset: 0n, status: 'PROCESSED' as const, blocks: false, externalId: undefined },
      ...{ attempts: 0, durationMs: undefined, error: undefined },
    })
    const ends = await Promise.allSettled([log.record([row('a')]), log.record([row('b\0')]), log.record([row('c')])])
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual([...(await log.known(['a', 'c'], [])).events.keys()].toSorted(), ['a', 'c'])
  })

  it('a key that was added longer ago than the retry topic keeps its records is in retry no more', async () => {
    const keys = postgresKeysInRetry(await pool(), { target: randomUUID(), keptMs: 0 })
    await keys.add('shop/grinder', { topic: 't', partition: 0, offset: 1n })
    assert.equal((await keys.of(['shop/grinder'])).size, 0)
  })

  it('old rows go, some pages at a time, and those that nobody has settled are counted until then', async () => {
    const made = await pool()
    const target = randomUUID()
    await made.query(
      `INSERT INTO kbnt_integration.consumption_log
        (target, event_id, topic, partition, "offset", event_type, stock, status, blocks, attempts, first_at, at)
      SELECT $1, 'e-' || number, 't', 0, number, 'stock.created', 'shop/grinder',
        CASE number % 3 WHEN 0 THEN 'FAILED' WHEN 1 THEN 'NEEDS_ATTENTION' ELSE 'PROCESSED' END, false, 0,
        now() - number * interval '1 minute', now() - number * interval '1 minute'
      FROM generate_series(0, 2999) AS number`,
      [target],
    )
    await made.query(
      `INSERT INTO kbnt_integration.external_ids VALUES ($1, 'ended', 'x', 1, now() - interval '2 h'), ($1, 'there', 'y', 1, NULL)`,
      [target],
    )
    assert.deepEqual(await unsettledRows(made, target), { failed: 998, needsAttention: 998 })
    const hourMs = 3_600_000
    await forgetOldRows(made, { rowsKeptMs: hourMs, retriesKeptMs: hourMs })
    const left = await made.query(
      'SELECT max("offset") AS oldest FROM kbnt_integration.consumption_log WHERE target = $1',
      [target],
    )
    assert.ok(left.rows[0]?.oldest >= 58 && left.rows[0]?.oldest <= 60)
    const { stocks } = await postgresConsumptionLog(made, target).known([], ['ended', 'there'])
    assert.deepEqual([stocks.get('ended')?.externalId, stocks.get('there')?.externalId], [undefined, 'y'])
  })
})
