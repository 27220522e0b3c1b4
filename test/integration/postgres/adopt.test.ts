import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { decideAdopted } from '../../../operator/application/rows/stock/decide-adopted.ts'
import type { StockIdentity } from '../../../operator/domain/stock/stock-book.ts'
import { PostgresStocks } from '../../../operator/infrastructure/postgres/postgres-stocks.ts'
import { someTerms } from '../../fixtures/builders.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('A stock in PostgreSQL whose object was restored under another uid', () => {
  const terms = { quantity: 20, limits: { perConsumer: 4 } }
  const about = { consumer: 'ana' }
  let database: RowDatabase
  let stocks: PostgresStocks

  before(async function () {
    this.timeout(60_000)
    database = await rowDatabase((await testbed().ownPostgres()).url)
    stocks = new PostgresStocks(database.pool)
  })
  after(async () => database?.close())

  const adopt = (uid: string, former: string, reservations: readonly StockIdentity[] = []) =>
    stocks.adopt({ uid, former, reservations }, (found) => {
      const stock = { uid, namespace: 'shop', name: `stock-${former}`, terms: someTerms(terms), generation: 1 }
      const adopted = decideAdopted(found, stock, { seen: 0 })
      assert.ok(typeof adopted !== 'string', String(adopted))
      return adopted
    })
  const out = async (uid: string) => {
    const row = (await database.rows()).stocks.find((stock) => stock.uid === uid)
    return [row?.state, row?.balances.reserved, row?.balances.confirmed]
  }

  it('has all that was held, lent and sold of the former one, sets among it, and that goes on', async () => {
    const ledger = rowLedger(database.books)
    const [former, pool] = [
      await aRowStock(database.books, terms),
      await aRowStock(database.books, { reclaimPolicy: 'Return' }),
    ]
    const [held, sold, kept] = [
      anOrder([[former, 2]], { about }),
      anOrder([[former, 3]], { confirm: true }),
      anOrder(former),
    ]
    const [home, follower] = [
      anOrder([
        [former, 1],
        [pool, 1],
      ]),
      anOrder([
        [pool, 1],
        [former, 1],
      ]),
    ]
    for (const order of [held, sold, kept, home, follower])
      assert.match(standing(await ledger.order(order)).phase, /Reserved|Confirmed/)
    const lent = await ledger.order({ kind: 'confirm', uid: follower.uid })
    assert.equal(standing(lent).phase, 'Confirmed')

    const uid = randomUUID()
    await adopt(uid, former)
    await adopt(uid, former) // by whoever has not heard of it
    assert.deepEqual(
      [await out(former), await out(uid)],
      [
        ['Closed', 0, 0],
        ['Open', 4, 4],
      ],
    )

    const counts = await database.sql(
      `SELECT stock, claims::int FROM kbnt.live_count WHERE stock IN ('${former}', '${uid}')`,
    )
    const claims = (await database.rows()).claims.filter(({ stock }) => stock === uid)
    assert.deepEqual(counts, [{ stock: uid, claims: claims.length }])

    const told = async (kind: 'confirm' | 'release', of: string) =>
      standing(await ledger.order({ kind, uid: of })).phase
    assert.equal(await told('confirm', held.uid), 'Confirmed')
    assert.equal(await told('release', kept.uid), 'Released')
    assert.equal(await told('confirm', home.uid), 'Confirmed')
    assert.equal(await told('release', sold.uid), 'Released')
    assert.equal(await told('release', follower.uid), 'Released')
    assert.deepEqual(await out(uid), ['Open', 0, 3])
    assert.equal(standing(await ledger.order({ ...held })).lines[0]?.stock, uid, 'ordered again')
    const tooMany = standing(await ledger.order(anOrder([[uid, 5]], { about })))
    assert.equal(tooMany.reason, 'LimitPerConsumer')
    assert.equal(standing(await ledger.order(anOrder([[uid, 4]], { about }))).phase, 'Reserved')
    const { units } = await database.rows()
    assert.deepEqual(units, [{ stock: uid, consumer: 'ana', units: 4 }])
  })

  it('has what objects have of it under the uids that these have now, sold or held, and what HTTP holds under its own', async () => {
    const ledger = rowLedger(database.books)
    const former = await aRowStock(database.books, terms)
    const ofObject = (name: string, confirm = false) =>
      anOrder([[former, 1]], { confirm, about: { name, source: 'object' } })
    const [held, sold, same, over] = [ofObject('held'), ofObject('sold', true), ofObject('same'), ofObject('over')]
    const http = anOrder([[former, 1]], { about: { name: 'held' } })
    for (const order of [held, sold, same, over, http]) await ledger.order(order)
    await ledger.order({ kind: 'release', uid: over.uid })
    const now = { held: randomUUID(), sold: randomUUID(), same: same.uid, over: randomUUID(), new: randomUUID() }
    const objects = Object.entries(now).map(([name, uid]) => ({ namespace: 'shop', name, uid }))

    const uid = randomUUID()
    await adopt(uid, former, objects)
    const again = (order: typeof held, as: string) =>
      ledger.order({ ...order, uid: as, lines: [{ stock: uid, quantity: 1 }] })
    const phases = [
      await again(held, now.held),
      await again(sold, now.sold),
      await again(same, now.same),
      await again(over, now.over),
      await ledger.order(http),
    ].map((answer) => [standing(answer).phase, answer.kind === 'stands' && answer.decided])
    assert.deepEqual(phases, [
      ['Reserved', false],
      ['Confirmed', false],
      ['Reserved', false],
      ['Released', false],
      ['Reserved', false],
    ])
    assert.deepEqual(await out(uid), ['Open', 3, 1])
    for (const one of [now.held, now.sold, now.same, http.uid]) await ledger.order({ kind: 'release', uid: one })
    assert.deepEqual(await out(uid), ['Open', 0, 0])
  })

  it('finds nothing where there is no row of the former one, or no uid of it', async () => {
    for (const former of [randomUUID(), 'nonsense']) {
      let row: unknown = 'unasked'
      await stocks.adopt({ uid: randomUUID(), former, reservations: [] }, (found) => {
        row = found.row
        return undefined
      })
      assert.equal(row, undefined)
    }
  })
})
