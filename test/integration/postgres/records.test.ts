import assert from 'node:assert/strict'
import pg from 'pg'
import { PostgresRecords } from '../../../operator/infrastructure/postgres/postgres-records.ts'
import { recordBooksContract } from '../../contracts/record-books.contract.ts'
import { anEntry } from '../../fixtures/builders.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { aRowStock } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('The outbox in PostgreSQL', () => {
  let database: RowDatabase
  let pool: pg.Pool

  before(async function () {
    this.timeout(60_000)
    const { url } = await testbed().ownPostgres()
    database = await rowDatabase(url)
    pool = new pg.Pool({ connectionString: url })
  })
  after(async () => {
    await pool.end()
    await database.close()
  })

  /** One transaction that does nothing but make entries. */
  async function write(stock: string, count: number): Promise<void> {
    const none = { keys: [], claims: [], changed: [], gone: [], finished: [], reopened: [], units: [], setBack: [] }
    await database.books.transact(
      { stocks: [stock], existing: [], ordered: [], consumers: [] },
      ({ stocks: [row] }) => {
        if (!row) throw new Error('no such stock')
        const { balances, ceiling } = row
        const told = Array.from({ length: count }, (_, index) => ({
          entry: anEntry({ sequence: balances.sequence + index + 1 }),
          about: undefined,
        }))
        const ended = { ...balances, sequence: balances.sequence + count }
        return { ...none, stocks: [{ uid: stock, balances: ended, ceiling }], entries: [{ stock, told }] }
      },
    )
  }

  const outboxes = [
    ['by way of any pool', () => new PostgresRecords(pool)],
    ['by way of the pool for writing', () => new PostgresRecords(database.pool)],
  ] as const
  for (const [title, records] of outboxes)
    recordBooksContract(title, () => ({
      ...{ records: records(), write },
      aStock: () => aRowStock(database.books),
      take: async (stock, first) =>
        void (await database.sql('DELETE FROM kbnt.record WHERE stock = $1 AND first = $2', [stock, first])),
    }))

  it('cuts records of long texts at 256 KiB', async () => {
    const stock = await aRowStock(database.books)
    const note = '☕'.repeat(256)
    const about = { namespace: 'shop', name: 'order', source: 'http', note } as const
    const none = {
      keys: [],
      claims: [],
      changed: [],
      gone: [],
      finished: [],
      reopened: [],
      units: [],
      setBack: [],
      stocks: [],
    }
    await database.books.transact({ stocks: [stock], existing: [], ordered: [], consumers: [] }, () => {
      const told = Array.from({ length: 400 }, (_, index) => ({ entry: anEntry({ sequence: index + 2 }), about }))
      return { ...none, entries: [{ stock, told }] }
    })
    const [found] = await new PostgresRecords(pool).next([{ stock, after: 1 }], { records: 10, bytes: 1 << 24 })
    const records = found?.records ?? []
    assert.deepEqual([records[0]?.first, records.at(-1)?.last], [2, 401])
    for (const [index, { first, entries, bytes }] of records.entries()) {
      assert.ok(bytes <= 256 * 1024 && Buffer.byteLength(entries) === bytes)
      if (index > 0) assert.equal(first, (records[index - 1]?.last ?? 0) + 1)
    }
    assert.ok(records.length === 2, String(records.length))
    await database.sql('DELETE FROM kbnt.record WHERE stock = $1', [stock])
  })

  it('counts once what two deliver at the same moment', async () => {
    const stock = await aRowStock(database.books)
    await write(stock, 100)
    await write(stock, 100)
    const outbox = new PostgresRecords(pool)
    await Promise.all(Array.from({ length: 8 }, () => outbox.delivered([{ stock, after: 0, upTo: 101 }])))
    const [found] = await outbox.next([{ stock, after: 0 }], { records: 10, bytes: 1 << 24 })
    assert.equal((await outbox.pressure(10_000, 0)).byStock.get(stock), found?.records[0]?.bytes)
  })
})
