import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { auditLoneRows, auditRows, LATE_MS } from '../../../operator/application/audit/audit-rows.ts'
import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import type { StockTerms } from '../../../operator/domain/stock/terms.ts'
import { dropFinished } from '../../../operator/infrastructure/postgres/drop-finished.ts'
import { PostgresRecords } from '../../../operator/infrastructure/postgres/postgres-records.ts'
import { readRowFacts } from '../../../operator/infrastructure/postgres/read-row-facts.ts'
import { someTerms } from '../../fixtures/builders.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('The audit of books in PostgreSQL', function () {
  this.timeout(60_000)
  let url: string
  let database: RowDatabase
  let ledger: RowLedger
  let objects: StoredStock[]

  before(async () => {
    url = (await testbed().ownPostgres()).url
  })
  beforeEach(async () => {
    database = await rowDatabase(url)
    ledger = rowLedger(database.books)
    objects = []
    await database.sql(
      'TRUNCATE kbnt.stock, kbnt.claim, kbnt.finished, kbnt.consumer_units, kbnt.record, kbnt.delivered, kbnt.live_count',
    )
  })
  afterEach(() => database.close())

  /** Opens its row, and makes its object. */
  async function aStock(name: string, particular: Partial<StockTerms> = {}): Promise<string> {
    const uid = await aRowStock(database.books, particular, name)
    const common = { position: '1', generation: 1, formerUids: [], acceptBooks: false, finalizers: [], guarded: true }
    const marks = { database: 'default', openedAs: `postgres.${uid}` }
    objects.push({ uid, namespace: 'shop', name, terms: someTerms(particular), ...common, ...marks })
    return uid
  }
  async function findings(): Promise<string[]> {
    const facts = await readRowFacts({ connection: { url }, database: 'default', lateMs: LATE_MS })
    const stockUids = new Set(objects.map(({ uid }) => uid))
    const ofStocks = auditRows({ facts, stocks: objects, moved: new Set() }).flatMap((books) => books.findings)
    return [...ofStocks, ...auditLoneRows({ facts, stockUids })].map(
      ({ about, runbook, message }) => `${about} ${runbook}: ${message}`,
    )
  }
  /** Holds of ana, ben and cleo, some of two stocks; a third is sold, a third is given back. */
  async function orders(count: number, ...stocks: string[]): Promise<string[]> {
    const uids = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const of = index % 4 === 0 ? stocks.slice(0, 2) : [stocks[index % stocks.length] ?? '']
        const lines = of.map((stock) => [stock, 1 + (index % 2)] as const)
        const consumer = ['ana', 'ben', 'cleo'][index % 3] ?? ''
        const order = anOrder(lines, { about: { consumer } })
        assert.equal(standing(await ledger.order(order)).phase, 'Reserved')
        return order.uid
      }),
    )
    const kinds = ['confirm', 'release'] as const
    const ends = uids.flatMap((uid, index) => {
      const kind = kinds[index % 3]
      return kind ? [ledger.order({ kind, uid })] : []
    })
    await Promise.all(ends)
    return uids
  }
  const delivered = (stock: string, upTo: number) =>
    new PostgresRecords(database.pool).delivered([{ stock, after: 0, upTo }])

  it('is clean after hundreds of orders: held, sold, lent, given back, of limited stocks and in sets', async () => {
    const sold = await aStock('sold', { quantity: 1_000, limits: { perConsumer: 900 } })
    const lent = await aStock('lent', { quantity: 1_000, reclaimPolicy: 'Return', limits: { perConsumer: 900 } })
    const plain = await aStock('plain', { quantity: 1_000, safetyStock: 10 })
    await orders(300, sold, lent, plain)
    assert.deepEqual(await findings(), [])
    const [books] = auditRows({
      facts: await readRowFacts({ connection: { url }, database: 'default', lateMs: LATE_MS }),
      stocks: objects,
      moved: new Set(),
    })
    const { reserved, confirmed, unfinished } = books ?? assert.fail()
    assert.ok(reserved > 0 && confirmed > 0 && unfinished > 100, JSON.stringify(books))
    const [{ last = 0 } = {}] = await database.sql<{ last: number }>(
      'SELECT last FROM kbnt.record WHERE stock = $1 ORDER BY first OFFSET 1 LIMIT 1',
      [sold],
    )
    await delivered(sold, last) // what is delivered has no records any more
    assert.deepEqual(await findings(), [])
  })

  it('is clean where what was sold is forgotten, which no row tells any more', async () => {
    const stock = await aStock('old')
    const order = anOrder(stock, { confirm: true })
    assert.equal(standing(await ledger.order(order)).phase, 'Confirmed')
    assert.deepEqual(await findings(), [])
    await database.sql('UPDATE kbnt.finished SET day = day - 1')
    await dropFinished(database.pool, 60_000)
    assert.deepEqual(await database.sql('SELECT FROM kbnt.finished'), [])
    assert.deepEqual(await findings(), [])
  })

  it('finds a balance that was changed', async () => {
    const stock = await aStock('bean', { quantity: 100 })
    await orders(6, stock)
    await database.sql('UPDATE kbnt.stock SET reserved = reserved + 1')
    const [found, ...others] = await findings()
    assert.match(found ?? '', /^shop\/bean books-do-not-close: reserved (\d+) but holds sum to \d+$/)
    assert.deepEqual(others, [])
  })

  it('finds what the database counts of live reservations where that was changed', async () => {
    const stock = await aStock('bean')
    await ledger.order(anOrder(stock))
    await database.sql('UPDATE kbnt.live_count SET claims = 7')
    assert.deepEqual(await findings(), [
      'shop/bean books-do-not-close: 7 live reservations are counted towards what namespaces may have, and it has 1',
    ])
  })

  it('finds a claim that was deleted, and that its consumer is counted for it', async () => {
    const stock = await aStock('bean', { limits: { perConsumer: 5 } })
    await ledger.order(anOrder([[stock, 2]], { about: { consumer: 'ana' } }))
    await database.sql('DELETE FROM kbnt.claim')
    assert.deepEqual(await findings(), [
      'shop/bean books-do-not-close: reserved 2 but holds sum to 0',
      'shop/bean books-do-not-close: towards the limit of ana 2 are counted, reservations have 0',
    ])
  })

  it('finds records that were deleted: the first, one in the middle, the last', async () => {
    const stock = await aStock('bean', { quantity: 100 })
    for (const _ of [2, 3, 4]) await ledger.order(anOrder(stock))
    const without = async (first: number) => {
      await database.sql('DELETE FROM kbnt.record WHERE first = $1', [first])
      return findings()
    }
    const firsts = await database.sql<{ first: number; last: number }>(
      'SELECT first, last FROM kbnt.record ORDER BY first',
    )
    const [one, two, three, four] = firsts
    assert.ok(one && two && three && four)
    assert.deepEqual(await without(four.first), [
      `shop/bean events-missing: its row ends at entry ${four.last}, and what is sent or to be sent at ${three.last}`,
    ])
    await database.sql('UPDATE kbnt.stock SET sequence = $1', [three.last])
    assert.deepEqual(await without(two.first), [
      `shop/bean events-missing: entry ${three.first} follows ${one.last} in what is to be sent`,
    ])
    await database.sql('UPDATE kbnt.record SET first = first - 1 WHERE first = $1', [three.first])
    assert.deepEqual(await findings(), [])
    await delivered(stock, one.last)
    assert.deepEqual(await findings(), [])
  })

  it('lets numbers leap where a recount says so', async () => {
    const stock = await aStock('bean')
    const [{ last = 0 } = {}] = await database.sql<{ last: number }>('SELECT last FROM kbnt.record')
    const next = last + 1_000_000
    const leap = (type: string) =>
      database.sql(
        `INSERT INTO kbnt.record (stock, first, last, bytes, at, tells_stock, entries)
          VALUES ($1, $2, $2, 2, clock_timestamp(), true, $3)
          ON CONFLICT (stock, first) DO UPDATE SET entries = excluded.entries`,
        [stock, next, JSON.stringify([{ sequence: next, type }])],
      )
    await database.sql('UPDATE kbnt.stock SET sequence = $1', [next])
    await leap('stock.recounted')
    assert.deepEqual(await findings(), [])
    await leap('stock.adjusted')
    assert.deepEqual(await findings(), [
      `shop/bean events-missing: entry ${next} follows ${last} in what is to be sent`,
    ])
  })

  it('finds a row that was deleted, and what reservations still have of it', async () => {
    const stock = await aStock('bean')
    await ledger.order(anOrder(stock))
    await database.sql('DELETE FROM kbnt.stock')
    assert.deepEqual(await findings(), [
      `shop/bean status-lost: was opened as postgres.${stock}, and has no row in database default`,
      'shop/bean orphaned-hold: has no row in database default, and 1 reservation has 1 of it',
    ])
    objects = []
    assert.deepEqual(await findings(), [
      `stock ${stock} orphaned-hold: has no row in database default, and 1 reservation has 1 of it`,
    ])
  })

  it('finds a row without its object, a hold that is late, a status that is, and a database that was set back', async () => {
    const stock = await aStock('bean')
    await ledger.order(anOrder(stock))
    await database.sql("UPDATE kbnt.claim SET deadline = clock_timestamp() - interval '1 hour'")
    assert.match(
      (await findings()).join(),
      /^shop\/bean rows-expiry-late: a hold ran out, the first at [^,]+, and is still there$/,
    )
    await database.sql("UPDATE kbnt.claim SET deadline = clock_timestamp() + interval '1 hour'")
    await database.sql("UPDATE kbnt.record SET at = at - interval '1 hour'")
    assert.match(
      (await findings()).join(),
      /^shop\/bean mirror-late: its status ends at entry 0, and entry \d is older than 30 s$/,
    )
    await database.sql('UPDATE kbnt.record SET at = clock_timestamp()')
    await delivered(stock, 9)
    assert.match((await findings()).join(), /^shop\/bean status-lost: entry 9 is delivered, and its row ends at \d/)
    await database.sql('TRUNCATE kbnt.claim, kbnt.record, kbnt.delivered, kbnt.stock')
    objects = []
    await aStock('pea')
    objects = []
    assert.match(
      (await findings()).join(),
      /^shop\/pea books-database: its row \(uid [^)]+\) in database default is Open/,
    )
  })

  it('says in a sentence why a database can not be read, and finds nothing in one without tables', async () => {
    const away = { connection: { url: 'postgres://kbnt@127.0.0.1:1/nowhere' }, database: 'default', lateMs: LATE_MS }
    await assert.rejects(readRowFacts(away), /^Error: database default can't be read: .*ECONNREFUSED/)
    const name = `empty_${randomUUID().slice(0, 8)}`
    await database.sql(`CREATE DATABASE ${name}`)
    const empty = new URL(url)
    empty.pathname = `/${name}`
    const facts = await readRowFacts({ ...away, connection: { url: empty.href } })
    assert.deepEqual([facts.stocks, facts.strays], [[], []])
  })
})
