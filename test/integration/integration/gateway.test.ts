import assert from 'node:assert/strict'
import type pg from 'pg'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import { postgresConsumptionLog } from '../../../operator/infrastructure/postgres/integration/postgres-consumption-log.ts'
import { integrationTables } from '../../../operator/infrastructure/postgres/integration-tables.ts'
import { migrate } from '../../../operator/infrastructure/postgres/migrate.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'told-readers'

describe('what somebody else was told, at the gateway', function () {
  this.timeout(120_000)
  let site: GatewaySite
  let postgres: Postgres
  let pool: pg.Pool
  let shop: string

  before(async () => {
    postgres = await testbed().ownPostgres()
    pool = writerPool({ connection: { url: postgres.url }, lanes: 1 })
    pool.on('error', () => undefined)
    site = await gatewaySite(namespace, {
      databases: { rows: { url: postgres.url, serves: 'flows', allowUnencrypted: true } },
      gateway: { consumptionDatabase: 'rows' },
    })
    shop = await site.tokenOf('shop', ['get', 'list'])
  })
  after(async () => {
    await site?.dispose()
    await pool?.end()
  })
  const call = (query: string, token = shop) => site.gateway.call('GET', `/consumption${query}`, { token })

  it('is 503 while no worker has made the tables, and there once one has', async () => {
    const { status, body } = await call('?stock=cup')
    assert.deepEqual([status, body.reason], [503, 'DatabaseAway'])
    const client = await pool.connect()
    await migrate(client, integrationTables).finally(() => client.release(true))
    assert.deepEqual((await call('?stock=cup')).body, { items: [] })
  })

  it('is told page by page, of stocks that are no longer there, too', async () => {
    await postgresConsumptionLog(pool, 'partner').record(
      [1, 2, 3].map((sequence) => ({
        ...{ eventId: `e-${sequence}`, occasion: 'stock.adjusted', stock: `${namespace}/cup`, stockUid: 'c', sequence },
        ...{ topic: 't', partition: 0, offset: BigInt(sequence), blocks: false, externalId: undefined, attempts: 0 },
        ...{ durationMs: 3, status: sequence === 2 ? ('FAILED' as const) : ('PROCESSED' as const), error: undefined },
      })),
    )
    const first = await call('?stock=cup&limit=2')
    assert.equal(first.status, 200)
    const second = await call(`?stock=cup&limit=2&cursor=${encodeURIComponent(first.body.next)}`)
    const told = [first, second].map(({ body }) => body.items.map(({ eventId }: { eventId: string }) => eventId))
    assert.deepEqual([told, second.body.next], [[['e-3', 'e-2'], ['e-1']], undefined])
    const failed = await call('')
    assert.deepEqual(
      failed.body.items.map(({ eventId, stockId, status }: Record<string, string>) => [eventId, stockId, status]),
      [['e-2', 'cup', 'FAILED']],
    )
  })

  it('is for whoever may read the stock, and the rest for whoever may list stocks', async () => {
    const reader = await site.tokenOf('reader', ['get'])
    const guest = await site.tokenOf('guest', ['create'])
    const statuses = await Promise.all(
      [
        ['?stock=cup', reader],
        ['', reader],
        ['?stock=cup', guest],
        ['', guest],
      ].map(async ([query = '', token]) => (await call(query, token)).status),
    )
    assert.deepEqual(statuses, [200, 403, 403, 403])
    assert.equal((await call('?stock=cup&namespace=elsewhere')).status, 404)
  })

  it('says what is wrong with a question', async () => {
    for (const [query, pointer] of [
      ['?status=PROCESSED', 'stock'],
      ['?cursor=none', 'cursor'],
      ['?limit=1001', 'limit'],
      ['?status=GONE', 'status'],
    ] as const) {
      const { status, body } = await call(query)
      assert.deepEqual([query, status, body.errors?.[0]?.pointer], [query, 400, pointer])
    }
  })

  it('is 503 while its database is away, and comes back with it', async () => {
    await postgres.kill()
    const { status, body, headers } = await call('?stock=cup')
    assert.deepEqual([status, body.reason, headers.get('retry-after')], [503, 'DatabaseAway', '5'])
    await postgres.start()
    await until('an answer', 60_000, async () => (await call('?stock=cup')).status === 200 || undefined)
  })
})
