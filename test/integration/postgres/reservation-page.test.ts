import assert from 'node:assert/strict'
import type { RowReservations, RowsWanted } from '../../../operator/application/gateway/rows/row-databases.ts'
import type { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import { postgresReservations } from '../../../operator/infrastructure/postgres/postgres-reservations.ts'
import { readerPool } from '../../../operator/infrastructure/postgres/reader-pool.ts'
import { pageStatement } from '../../../operator/infrastructure/postgres/reservation-page.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

const all = { from: '00000000-0000-0000-0000-000000000000', to: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

/** Those that a page looks at without looking further. */
const LOOKED_AT = 5_000

describe('Pages of reservations in PostgreSQL', function () {
  this.timeout(60_000)
  let database: RowDatabase
  let reader: ReturnType<typeof readerPool>
  let reservations: RowReservations
  let ledger: RowLedger
  let cup: string
  let plate: string

  before(async () => {
    const { url } = await testbed().ownPostgres()
    database = await rowDatabase(url)
    reader = readerPool({ url }, async () => undefined)
    reservations = postgresReservations(reader)
    ledger = rowLedger(database.books)
    cup = await aRowStock(database.books, { quantity: 100, price: { amount: '2.50', currency: 'EUR' } }, 'cup')
    plate = await aRowStock(database.books, { quantity: 100 }, 'plate')
  })
  after(async () => {
    await reader?.end()
    await database?.close()
  })
  afterEach(() => database.sql('TRUNCATE kbnt.claim, kbnt.finished, kbnt.request_key'))

  const page = (wanted: Partial<RowsWanted> = {}) =>
    reservations.page({ namespace: 'shop', filter: {}, ...all, limit: 100, ...wanted })

  async function pages(wanted: Partial<RowsWanted> = {}): Promise<{ uids: string[]; count: number }> {
    const uids: string[] = []
    let from: string | undefined = all.from
    let count = 0
    for (; from !== undefined; count += 1) {
      const { items, next }: Awaited<ReturnType<typeof page>> = await page({ ...wanted, from })
      uids.push(...items.map(({ uid }) => uid))
      from = next
    }
    return { uids, count }
  }

  async function held(count: number, about: Parameters<typeof anOrder>[1] = {}): Promise<string[]> {
    const answers = await Promise.all(Array.from({ length: count }, () => ledger.order(anOrder(cup, about))))
    return answers.map((answer) => standing(answer).uid)
  }

  it('have what is held, sold and over, each once and in the order of their uids, as one that is read alone', async () => {
    const uids = await held(9)
    await ledger.order({ kind: 'confirm', uid: uids[0] ?? '' })
    await ledger.order({ kind: 'release', uid: uids[1] ?? '' })
    await ledger.order(
      anOrder(cup, { uid: '00000000-0000-8000-8000-000000000001', lines: [{ stock: cup, quantity: 500 }] }),
    )
    const set = anOrder([
      [cup, 1],
      [plate, 2],
    ])
    await ledger.order(set)
    const found = await pages({ limit: 4 })
    assert.deepEqual(found.uids, [...uids, '00000000-0000-8000-8000-000000000001', set.uid].sort())
    assert.equal(found.count, 3)
    const { items } = await page()
    for (const one of items) {
      const alone = (await reservations.find(one.uid))?.standing
      const withoutSequences = alone && { ...alone, lines: alone.lines.map((line) => ({ ...line, sequence: 0 })) }
      assert.deepEqual({ ...one, lines: one.lines.map((line) => ({ ...line, sequence: 0 })) }, withoutSequences)
    }
  })

  it('have nothing of another namespace, and nothing that is an object', async () => {
    const uids = await held(2)
    await held(2, { about: { namespace: 'other' } })
    await held(2, { about: { source: 'object' } })
    assert.deepEqual((await pages()).uids, uids.sort())
  })

  it('have those that are asked for: of a consumer, in a phase, with anything of a stock', async () => {
    const [ana = '', sold = ''] = await held(2, { about: { consumer: 'ana' } })
    await ledger.order({ kind: 'confirm', uid: sold })
    const [ended = ''] = await held(1)
    await ledger.order({ kind: 'release', uid: ended })
    const set = anOrder([
      [cup, 1],
      [plate, 2],
    ])
    const gone = anOrder([
      [cup, 1],
      [plate, 2],
    ])
    await ledger.order(set)
    await ledger.order(gone)
    await ledger.order({ kind: 'release', uid: gone.uid })
    const filtered = async (filter: RowsWanted['filter']) => (await pages({ filter, limit: 1 })).uids
    assert.deepEqual(await filtered({ consumer: 'ana' }), [ana, sold].sort())
    assert.deepEqual(await filtered({ consumer: 'ana', phase: 'Confirmed' }), [sold])
    assert.deepEqual(await filtered({ phase: 'Released' }), [ended, gone.uid].sort())
    assert.deepEqual(await filtered({ phase: 'Reserved' }), [ana, set.uid].sort())
    assert.deepEqual(await filtered({ stock: { namespace: 'shop', name: 'plate' } }), [set.uid, gone.uid].sort())
    assert.equal((await filtered({ stock: { namespace: 'shop', name: 'cup' } })).length, 5)
    assert.deepEqual(await filtered({ stock: { namespace: 'other', name: 'cup' } }), [])
  })

  it('miss nothing that ends meanwhile, and tell nothing twice', async () => {
    const uids = (await held(6)).sort()
    const first = await page({ limit: 3 })
    for (const uid of uids) await ledger.order({ kind: 'release', uid })
    const { items } = await page({ limit: 3, from: first.next ?? '' })
    assert.deepEqual(
      [...first.items, ...items].map(({ uid }) => uid),
      uids,
    )
  })

  it('end where they have looked at enough, and are followed', async () => {
    const rows = (table: string, columns: string, values: string) =>
      database.sql(`INSERT INTO kbnt.${table} (uid, namespace, name, source, phase, ${columns})
        SELECT gen_random_uuid(), 'shop', 'r-' || n, 'http', ${values} FROM generate_series(1, ${2 * LOOKED_AT}) AS n`)
    await rows('claim', 'stock, quantity, sequence, since, deadline', `'Reserved', '${cup}', 1, 1, now(), now()`)
    await rows('finished', 'at, lines', `'Expired', now(), '[]'`)
    const [ana = ''] = await held(1, { uid: 'ffffffff-0000-8000-8000-000000000000', about: { consumer: 'ana' } })
    const { items, next } = await page({ filter: { consumer: 'ana' } })
    assert.deepEqual(items, [])
    assert.ok(next)
    const found = await pages({ filter: { consumer: 'ana' } })
    assert.deepEqual(found.uids, [ana])
    assert.ok(found.count >= 3 && found.count <= 6, `${found.count} pages`)
    assert.equal((await pages({ limit: 1_000 })).uids.length, 4 * LOOKED_AT + 1)
  })

  it('are read by the keys, however many rows there are', async () => {
    const { text, values } = pageStatement({ namespace: 'shop', filter: { consumer: 'ana' }, ...all, limit: 10 })
    const client = await reader.connect()
    try {
      await client.query('SET plan_cache_mode = force_generic_plan')
      await client.query(`PREPARE page AS ${text}`)
      const given = (values as unknown[]).map((value) => (value === null ? 'NULL' : `'${value}'`)).join(', ')
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE page (${given})`)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      assert.match(plan, /Index Scan using claim_pkey on claim/)
      assert.match(plan, /Merge Append[\s\S]*Index Scan using finished_\d+_uid_idx/)
      assert.doesNotMatch(plan, /Seq Scan/)
    } finally {
      client.release(true)
    }
  })
})
