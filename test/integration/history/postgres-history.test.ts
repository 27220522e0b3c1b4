import assert from 'node:assert/strict'
import pg from 'pg'
import type { HistoryRow } from '../../../operator/domain/history/history-row.ts'
import { historyStoreContract } from '../../contracts/history-store.contract.ts'
import { type HistoryDatabase, historyDatabase } from '../../fixtures/history-database.ts'
import { aHistoryRow, historyUid } from '../../fixtures/history-rows.ts'
import { testbed } from '../../fixtures/testbed.ts'

const held = (sequence: number, particular: Partial<HistoryRow> = {}) =>
  aHistoryRow({ sequence, units: 1, reserved: sequence, available: Math.max(0, 100 - sequence), ...particular })

describe('histories in PostgreSQL', () => {
  let database: HistoryDatabase
  before(async function () {
    this.timeout(60_000)
    database = await historyDatabase((await testbed().ownPostgres()).url)
  })
  after(() => database?.close())
  const emptied = async () => {
    await database.sql('ALTER TABLE kbnt_history.event DROP CONSTRAINT IF EXISTS refused')
    await database.sql('TRUNCATE kbnt_history.event, kbnt_history.stock, kbnt_history.stock_day, kbnt_history.finding')
    return database
  }

  historyStoreContract('PostgreSQL', async () => {
    const { store, sql } = await emptied()
    return {
      store,
      async ids() {
        const rows = await sql<{ id: string }>("SELECT stock || '-' || sequence AS id FROM kbnt_history.event")
        return rows.map(({ id }) => id).toSorted()
      },
      refuse: async (sequence) =>
        void (await sql(`ALTER TABLE kbnt_history.event ADD CONSTRAINT refused CHECK (sequence <> ${sequence})`)),
    }
  })

  it('have all that a row says', async () => {
    const { store, sql } = await emptied()
    await store.store([held(1, { price: { amount: '12.50', currency: 'EUR' } }), held(2, { reservation: null })])
    assert.deepEqual(await sql('SELECT *, price::text FROM kbnt_history.event ORDER BY sequence'), [
      {
        ...{ stock: historyUid(1), sequence: '1', at: new Date(held(1).atMs), units: '1' },
        ...{ quantity: '100', reserved: '1', confirmed: '0', available: '99', type: 'reservation.reserved' },
        ...{ level: 'Normal', price: '12.50', currency: 'EUR', reservation_uid: 'uid-order' },
        ...{ reservation_namespace: 'shop', reservation: 'order', consumer: 'anna' },
      },
      {
        ...{ stock: historyUid(1), sequence: '2', at: new Date(held(1).atMs), units: '1' },
        ...{ quantity: '100', reserved: '2', confirmed: '0', available: '98', type: 'reservation.reserved' },
        ...{ level: 'Normal', price: null, currency: null, reservation_uid: null },
        ...{ reservation_namespace: null, reservation: null, consumer: null },
      },
    ])
  })

  it('count each row in its day once, and close a day with its newest row, also where that came first', async () => {
    const { store, sql } = await emptied()
    const midnight = Date.UTC(2026, 10, 23)
    await store.store([held(3, { atMs: midnight + 1, units: 5, reserved: 9 }), held(1, { atMs: midnight - 1 })])
    await store.store([held(2, { atMs: midnight }), held(3, { atMs: midnight + 1, units: 5, reserved: 9 })])
    const days = await sql(
      'SELECT day::text, events::int, units_reserved::int AS units, sequence::int, reserved::int FROM kbnt_history.stock_day ORDER BY day',
    )
    assert.deepEqual(days, [
      { day: '2026-11-22', events: 1, units: 1, sequence: 1, reserved: 1 },
      { day: '2026-11-23', events: 2, units: 6, sequence: 3, reserved: 9 },
    ])
  })

  it('sum up a product over all of its stocks, also those that did nothing on a day, but none that is deleted', async () => {
    const { store, sql } = await emptied()
    const day = (number: number) => Date.UTC(2026, 10, number, 12)
    const other = historyUid(2)
    await store.store([
      ...[held(1, { atMs: day(1) }), held(2, { atMs: day(2) })],
      held(1, { stock: other, name: 'north', atMs: day(1), reserved: 7 }),
      held(2, { stock: other, name: 'north', atMs: day(3), reserved: 7, units: null, occasion: 'stock.deleted' }),
      held(1, { stock: historyUid(3), name: 'kettle', product: 'kettle', atMs: day(2) }),
    ])
    const days = await sql(
      "SELECT day::text, events::int, reserved::int FROM kbnt_history.product_day WHERE namespace = 'shop' AND product = 'coffee grinder' ORDER BY day",
    )
    assert.deepEqual(days, [
      { day: '2026-11-01', events: 2, reserved: 8 },
      { day: '2026-11-02', events: 1, reserved: 9 },
      { day: '2026-11-03', events: 1, reserved: 2 },
    ])
  })

  it('keep what was found, and close a gap once all of it has come', async () => {
    const { store, sql } = await emptied()
    await store.store([held(1), held(5, { reserved: 3 }), held(6, { reserved: 99 })])
    const found = () =>
      sql(
        'SELECT sequence::int, kind, first::int, last::int, missing::int, message, closed_at IS NOT NULL AS closed FROM kbnt_history.finding ORDER BY sequence',
      )
    const difference = {
      ...{ sequence: 6, kind: 'difference', first: null, last: null, missing: null, closed: false },
      message: 'reserved goes from 3 to 99 by reservation.reserved of 1',
    }
    const gap = { sequence: 5, kind: 'gap', first: 2, last: 4, message: null }
    assert.deepEqual(await found(), [{ ...gap, missing: 3, closed: false }, difference])
    await store.store([held(2), held(4)])
    await store.store([held(2), held(4), held(5, { reserved: 3 })])
    assert.deepEqual(await found(), [{ ...gap, missing: 1, closed: false }, difference])
    await store.store([held(3)])
    assert.deepEqual(await found(), [{ ...gap, missing: 0, closed: true }, difference])
  })

  it('are the same when two members write the same at the same time', async () => {
    const { store, sql, other } = await emptied()
    const stocks = [1, 2, 3, 4]
    const rows = (from: number, to: number) =>
      stocks.flatMap((stock) =>
        Array.from({ length: to - from }, (_, index) => held(from + index, { stock: historyUid(stock) })),
      )
    const second = other()
    for (let round = 0; round < 20; round += 1) {
      const [from, to] = [round * 20 + 1, round * 20 + 21]
      const stored = await Promise.all([
        ...[store.store(rows(from, from + 15)), second.store(rows(from, to).toReversed())],
        store.store(rows(from, to)),
      ])
      assert.deepEqual(
        stored.map(({ kind }) => kind),
        ['stored', 'stored', 'stored'],
      )
      assert.equal(
        stored.reduce((sum, one) => sum + (one.kind === 'stored' ? one.rows : 0), 0),
        80,
      )
    }
    assert.deepEqual(await sql('SELECT count(*)::int AS count FROM kbnt_history.finding'), [{ count: 0 }])
    assert.deepEqual(await sql('SELECT sum(events)::int AS sum FROM kbnt_history.stock_day'), [{ sum: 1_600 }])
  })

  it('are read by stock and time through an index alone', async () => {
    const { store, sql } = await emptied()
    await store.store(Array.from({ length: 1_000 }, (_, index) => held(index + 1, { stock: historyUid(index % 50) })))
    await sql('ANALYZE kbnt_history.event')
    const plan = await sql<{ 'QUERY PLAN': string }>(
      'EXPLAIN SELECT * FROM kbnt_history.event WHERE stock = $1 AND at BETWEEN $2 AND $3 ORDER BY at DESC, sequence DESC LIMIT 1',
      [historyUid(1), new Date(0), new Date()],
    )
    const text = plan.map((line) => line['QUERY PLAN']).join('\n')
    assert.match(text, /Index Scan Backward using event_by_time/)
    assert.doesNotMatch(text, /Sort|Seq Scan/)
  })

  it('are not told to be kept while somebody else has the tables locked', async () => {
    const { store, url } = await emptied()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('BEGIN; LOCK TABLE kbnt_history.stock')
    await assert.rejects(store.store([held(1)]), /lock timeout/)
    await client.query('ROLLBACK')
    await client.end()
    assert.equal((await store.store([held(1)])).kind, 'stored')
  })
})
