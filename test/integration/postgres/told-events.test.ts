import assert from 'node:assert/strict'
import type pg from 'pg'
import type { ToldEvent, ToldEvents } from '../../../operator/application/gateway/told-events.ts'
import type { ConsumptionRow } from '../../../operator/application/integration/consumption-log.ts'
import { postgresConsumptionLog } from '../../../operator/infrastructure/postgres/integration/postgres-consumption-log.ts'
import { postgresToldEvents } from '../../../operator/infrastructure/postgres/integration/postgres-told-events.ts'
import { integrationTables } from '../../../operator/infrastructure/postgres/integration-tables.ts'
import { migrate, refuseOtherTables } from '../../../operator/infrastructure/postgres/migrate.ts'
import { readerPool } from '../../../operator/infrastructure/postgres/reader-pool.ts'
import { writerPool } from '../../../operator/infrastructure/postgres/writer-pool.ts'
import { testbed } from '../../fixtures/testbed.ts'

const aRow = (sequence: number, more: Partial<ConsumptionRow> = {}): ConsumptionRow => ({
  ...{ eventId: `e-${sequence}`, occasion: 'reservation.reserved', stock: 'shop/cup', stockUid: 'cup-1', sequence },
  ...{ topic: 't', partition: 1, offset: BigInt(sequence), status: 'PROCESSED', blocks: false, externalId: 'EXT-1' },
  ...{ attempts: 0, durationMs: 7, error: undefined },
  ...more,
})

describe('What workers have told, as a gateway reads it from PostgreSQL', function () {
  this.timeout(60_000)
  let writing: pg.Pool
  let reading: pg.Pool
  let told: ToldEvents

  before(async () => {
    const { url } = await testbed().ownPostgres()
    writing = writerPool({ connection: { url }, lanes: 2 })
    const client = await writing.connect()
    await migrate(client, integrationTables).finally(() => client.release(true))
    reading = readerPool({ url }, (each) => refuseOtherTables(each, integrationTables))
    told = postgresToldEvents(reading)
    const failed = { status: 'FAILED', error: 'is answered 422: no such article', attempts: 4 } as const
    const away = { externalId: undefined, durationMs: undefined }
    const partner = postgresConsumptionLog(writing, 'partner')
    await partner.record(Array.from({ length: 12 }, (_, index) => aRow(index + 1)))
    await partner.record([
      aRow(13, { ...failed, ...away }),
      aRow(1, { eventId: 'k-1', stock: 'shop/cup-2', stockUid: 'k', status: 'NEEDS_ATTENTION' }),
      aRow(1, { eventId: 'd-1', stock: 'shopping/cup', stockUid: 'd', ...failed }),
      aRow(1, { eventId: 'f-1', stock: 'desk/cup', stockUid: 'f', ...failed }),
      aRow(1, { eventId: 'x-1', stock: '', stockUid: undefined, sequence: undefined, ...failed }),
    ])
    await postgresConsumptionLog(writing, 'other').record([aRow(13, { status: 'SKIPPED' })])
  })
  after(() => Promise.all([reading?.end(), writing?.end()]))

  const names = (events: readonly ToldEvent[]) => events.map(({ eventId, target }) => `${eventId} ${target}`)
  const cup = { namespace: 'shop', stock: 'cup' }

  it('is that of one stock, the highest sequence first, page after page, each once', async () => {
    const seen: ToldEvent[] = []
    for (;;) {
      const last = seen.at(-1)
      const page = await told.ofStock(cup, { limit: 5, ...(last && { after: last }) })
      if (page.length === 0) break
      seen.push(...page)
    }
    assert.deepEqual(names(seen), [
      'e-13 partner',
      'e-13 other',
      ...Array.from({ length: 12 }, (_, index) => `e-${12 - index} partner`),
    ])
    const { firstAt, at, ...first } = seen[0] as ToldEvent
    assert.deepEqual(first, {
      ...{ eventId: 'e-13', target: 'partner', eventType: 'reservation.reserved', namespace: 'shop', stock: 'cup' },
      ...{ stockUid: 'cup-1', sequence: 13, status: 'FAILED', attempts: 4, error: 'is answered 422: no such article' },
      ...{ topic: 't', partition: 1, offset: 13 },
    })
    for (const time of [firstAt, at]) assert.ok(Math.abs(Date.parse(time) - Date.now()) < 3_600_000, time)
    assert.deepEqual([seen[2]?.externalId, seen[2]?.durationMs], ['EXT-1', 7])
  })

  it('is that of a uid, where it is given', async () => {
    assert.deepEqual(names(await told.ofStock({ ...cup, stockUid: 'cup-0' }, { limit: 5 })), [])
    assert.equal((await told.ofStock({ ...cup, stockUid: 'cup-1' }, { limit: 5 })).length, 5)
  })

  it('is that of a status, and of a target', async () => {
    const limit = 100
    assert.deepEqual(names(await told.ofStock({ ...cup, status: 'SKIPPED' }, { limit })), ['e-13 other'])
    assert.deepEqual(names(await told.ofStock({ ...cup, target: 'other' }, { limit })), ['e-13 other'])
    assert.deepEqual(await told.ofStock({ ...cup, stock: 'none' }, { limit }), [])
  })

  it('is what nobody has settled in a namespace, and nothing of others, the latest first', async () => {
    const shop = { namespace: 'shop' }
    const all = await told.unsettled(shop, { limit: 10 })
    assert.deepEqual(names(all).toSorted(), ['e-13 partner', 'k-1 partner'])
    const [first, second] = all as [ToldEvent, ToldEvent]
    assert.ok(first.firstAt >= second.firstAt)
    assert.deepEqual(names(await told.unsettled(shop, { limit: 10, after: first })), names([second]))
    assert.deepEqual(await told.unsettled(shop, { limit: 10, after: second }), [])
    assert.deepEqual(names(await told.unsettled({ ...shop, status: 'FAILED' }, { limit: 10 })), ['e-13 partner'])
    assert.deepEqual(await told.unsettled({ ...shop, target: 'other' }, { limit: 10 }), [])
    assert.deepEqual(names(await told.unsettled({ namespace: 'desk' }, { limit: 10 })), ['f-1 partner'])
  })

  it('finds a page by an index, however many rows there are', async () => {
    const asked: pg.QueryConfig[] = []
    const query = async (text: pg.QueryConfig) => {
      asked.push({ text: `EXPLAIN ${text.text}`, values: text.values ?? [] })
      return { rows: [] }
    }
    const noted = postgresToldEvents({ query } as unknown as Pick<pg.Pool, 'query'>)
    await noted.ofStock(cup, { limit: 5 })
    await noted.unsettled({ namespace: 'shop' }, { limit: 5 })
    const plans = asked.map(async (each) => (await reading.query<{ 'QUERY PLAN': string }>(each)).rows)
    const [ofStock, unsettled] = (await Promise.all(plans)).map((rows) => JSON.stringify(rows))
    assert.match(ofStock ?? '', /Index Scan Backward using consumption_of_stock/)
    assert.match(unsettled ?? '', /consumption_unsettled/)
  })

  it('writes nothing', () =>
    assert.rejects(reading.query('DELETE FROM kbnt_integration.consumption_log'), /read-only transaction/))
})
