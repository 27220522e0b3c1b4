import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { openStockRow } from '../../operator/application/rows/open-stock-row.ts'
import type { Answer, Change } from '../../operator/application/rows/order.ts'
import type { RowBooks } from '../../operator/application/rows/row-books.ts'
import type { RowLedger } from '../../operator/application/rows/row-ledger.ts'
import type { StockTerms } from '../../operator/domain/stock/terms.ts'
import { auditRows, type Rows } from '../fixtures/audit-rows.ts'
import { minuteMs, someTerms } from '../fixtures/builders.ts'
import { anOrder, endOver, rowLedger, standing } from '../fixtures/row-orders.ts'

export interface RowWorld {
  readonly books: RowBooks
  /** Everything that is stored. */
  rows(): Promise<Rows>
  /** Lets the time of all that is held run out. */
  letTimePass(): Promise<void>
}

/** Every promise of orders on stocks whose books are rows. */
export function rowLedgerContract(describedAs: string, world: () => RowWorld): void {
  describe(`RowLedger: ${describedAs}`, () => {
    let ledger: RowLedger

    beforeEach(() => {
      ledger = rowLedger(world().books)
    })
    afterEach(async () => assert.deepEqual(auditRows(await world().rows()), []))

    async function aStock(particular: Partial<StockTerms> = {}, name = 'bean'): Promise<string> {
      const uid = randomUUID()
      const stock = { uid, namespace: 'shop', name }
      assert.equal(await openStockRow(world().books, { stock, terms: someTerms(particular), generation: 1 }), true)
      return uid
    }
    async function balances(uid: string) {
      const row = (await world().rows()).stocks.find((stock) => stock.uid === uid)
      return { reserved: row?.balances.reserved, confirmed: row?.balances.confirmed }
    }
    const change = (kind: 'confirm' | 'release', uid: string): Promise<Answer> => ledger.order({ kind, uid } as Change)

    it('opens a stock once', async () => {
      const uid = await aStock()
      const again = {
        stock: { uid, namespace: 'shop', name: 'bean' },
        terms: someTerms({ quantity: 9 }),
        generation: 2,
      }
      assert.equal(await openStockRow(world().books, again), false)
    })

    it('holds, sells, and takes back what was sold', async () => {
      const stock = await aStock()
      const order = anOrder([[stock, 2]])
      assert.equal(standing(await ledger.order(order)).phase, 'Reserved')
      assert.deepEqual(await balances(stock), { reserved: 2, confirmed: 0 })
      assert.equal(standing(await change('confirm', order.uid)).phase, 'Confirmed')
      assert.deepEqual(await balances(stock), { reserved: 0, confirmed: 2 })
      const back = standing(await change('release', order.uid))
      assert.deepEqual([back.phase, back.reason], ['Released', 'ReleasedByClient'])
      assert.deepEqual(await balances(stock), { reserved: 0, confirmed: 0 })
    })

    it('lends and takes back', async () => {
      const stock = await aStock({ reclaimPolicy: 'Return' })
      const order = anOrder([[stock, 3]], { confirm: true })
      assert.equal(standing(await ledger.order(order)).phase, 'Confirmed')
      assert.deepEqual(await balances(stock), { reserved: 0, confirmed: 3 })
      assert.equal(standing(await change('release', order.uid)).phase, 'Released')
      assert.deepEqual(await balances(stock), { reserved: 0, confirmed: 0 })
    })

    it('refuses with the reason and what is missing, and stands by it when more has come', async () => {
      const stock = await aStock()
      const held = anOrder([[stock, 4]])
      await ledger.order(held)
      const refused = anOrder([[stock, 2]])
      const { phase, reason, shortages } = standing(await ledger.order(refused))
      assert.deepEqual([phase, reason], ['Rejected', 'InsufficientStock'])
      assert.deepEqual(shortages, [{ stockNamespace: 'shop', stock: 'bean', missing: 1 }])
      await change('release', held.uid)
      const again = await ledger.order(refused)
      assert.ok(again.kind === 'stands' && !again.decided)
      assert.equal(again.standing.phase, 'Rejected')
    })

    it('does the same order once, and refuses another under its uid', async () => {
      const stock = await aStock()
      const order = anOrder([[stock, 2]])
      const answers = await Promise.all([
        ledger.order(order),
        ledger.order(order),
        rowLedger(world().books).order(order),
      ])
      assert.deepEqual(new Set(answers.map((answer) => standing(answer).lines[0]?.sequence)).size, 1)
      assert.equal(answers.filter((answer) => answer.kind === 'stands' && answer.decided).length, 1)
      assert.deepEqual(await ledger.order({ ...order, fingerprint: 'another' }), { kind: 'keyReused' })
      assert.deepEqual(await balances(stock), { reserved: 2, confirmed: 0 })
    })

    it('does the same order once also where it is sent for two stocks', async () => {
      const [bean, cup] = [await aStock(), await aStock({}, 'cup')]
      const uid = randomUUID()
      const answers = await Promise.all([
        ledger.order(anOrder(bean, { uid })),
        rowLedger(world().books).order(anOrder(cup, { uid, fingerprint: 'another' })),
      ])
      assert.deepEqual(answers.map(({ kind }) => kind).sort(), ['keyReused', 'stands'])
    })

    it('holds all lines of a set or none, and ends them together', async () => {
      const [bean, cup] = [await aStock(), await aStock({ reclaimPolicy: 'Return' }, 'cup')]
      const order = anOrder([
        [bean, 2],
        [cup, 1],
      ])
      const held = standing(await ledger.order(order))
      assert.deepEqual(
        held.lines.map(({ stock, quantity }) => [stock, quantity]),
        [
          [bean, 2],
          [cup, 1],
        ],
      )
      const tooMany = anOrder([
        [bean, 1],
        [cup, 5],
      ])
      assert.equal(standing(await ledger.order(tooMany)).reason, 'InsufficientStock')
      assert.deepEqual(await balances(bean), { reserved: 2, confirmed: 0 })
      assert.equal(standing(await change('confirm', order.uid)).phase, 'Confirmed')
      assert.deepEqual(
        [await balances(bean), await balances(cup)],
        [
          { reserved: 0, confirmed: 2 },
          { reserved: 0, confirmed: 1 },
        ],
      )
      assert.equal(standing(await change('release', order.uid)).phase, 'Released')
      assert.deepEqual(
        [await balances(bean), await balances(cup)],
        [
          { reserved: 0, confirmed: 0 },
          { reserved: 0, confirmed: 0 },
        ],
      )
    })

    it('keeps the limit of a consumer over many transactions', async () => {
      const stock = await aStock({ quantity: 100, limits: { perConsumer: 3 } })
      const about = { consumer: 'anna' }
      const first = anOrder([[stock, 2]], { about })
      await ledger.order(first)
      assert.equal(standing(await ledger.order(anOrder([[stock, 2]], { about }))).reason, 'LimitPerConsumer')
      assert.equal(standing(await ledger.order(anOrder([[stock, 1]], { about }))).phase, 'Reserved')
      await change('release', first.uid)
      assert.equal(standing(await ledger.order(anOrder([[stock, 2]], { about }))).phase, 'Reserved')
      assert.equal(
        standing(await ledger.order(anOrder([[stock, 1]], { about: { consumer: 'ben' } }))).phase,
        'Reserved',
      )
    })

    it('extends a hold, up to the longest that its stocks allow', async () => {
      const stock = await aStock({ hold: { ttlMs: minuteMs, maxTtlMs: 60 * minuteMs } })
      const order = anOrder(stock, { ttlMs: minuteMs })
      const { since = 0 } = standing(await ledger.order(order))
      const longer = standing(await ledger.order({ kind: 'extend', uid: order.uid, ttlMs: 90 * minuteMs }))
      assert.equal(longer.deadline, since + 60 * minuteMs)
    })

    it('takes units back from holds that are over before it refuses anybody', async () => {
      const stock = await aStock()
      const late = anOrder([[stock, 5]])
      await ledger.order(late)
      await world().letTimePass()
      assert.equal(standing(await ledger.order(anOrder([[stock, 5]]))).phase, 'Reserved')
      const told = standing(await change('confirm', late.uid))
      assert.deepEqual([told.phase, told.reason], ['Expired', 'HoldExpired'])
    })

    it('takes units back from sets that are over, where it has all their stocks', async () => {
      const [bean, cup] = [await aStock(), await aStock({}, 'cup')]
      const set = (units: number) =>
        anOrder([
          [bean, units],
          [cup, units],
        ])
      await ledger.order(set(5))
      await world().letTimePass()
      assert.deepEqual(await ledger.order(anOrder(bean)), { kind: 'busy', stock: bean })
      assert.equal(standing(await ledger.order(set(5))).phase, 'Reserved')
    })

    it('counts nothing against a consumer that is over', async () => {
      const stock = await aStock({ quantity: 100, limits: { perConsumer: 3 } })
      const about = { consumer: 'anna' }
      await ledger.order(anOrder([[stock, 3]], { about }))
      await world().letTimePass()
      assert.equal(standing(await ledger.order(anOrder([[stock, 3]], { about }))).phase, 'Reserved')
    })

    it('ends what is over, sets of any stocks among them, and nothing else', async () => {
      const [bean, cup] = [await aStock(), await aStock({}, 'cup')]
      const set = anOrder([
        [bean, 2],
        [cup, 2],
      ])
      await ledger.order(set)
      await world().letTimePass()
      const alive = anOrder(bean)
      await ledger.order(alive)
      await endOver(world().books, ledger)
      assert.equal(standing(await change('confirm', set.uid)).reason, 'HoldExpired')
      assert.deepEqual([await balances(bean), (await balances(cup)).reserved], [{ reserved: 1, confirmed: 0 }, 0])
      assert.equal(await endOver(world().books, ledger), 0)
    })

    it('sells nothing that is over', async () => {
      const stock = await aStock()
      const late = anOrder(stock)
      await ledger.order(late)
      await world().letTimePass()
      const told = standing(await change('confirm', late.uid))
      assert.deepEqual([told.phase, told.reason], ['Expired', 'ConfirmedTooLate'])
      assert.deepEqual(await balances(stock), { reserved: 0, confirmed: 0 })
    })

    it('knows nothing of what was never asked for', async () => {
      assert.deepEqual(await change('confirm', randomUUID()), { kind: 'unknown' })
      const stock = randomUUID()
      assert.deepEqual(await ledger.order(anOrder(stock)), { kind: 'noStock', stock })
    })

    it('sells a hundred units to a hundred of two hundred, through several processes', async function () {
      this.timeout(30_000)
      const stock = await aStock({ quantity: 100 })
      const ledgers = [ledger, rowLedger(world().books), rowLedger(world().books)]
      const orders = Array.from({ length: 200 }, () => anOrder(stock, { confirm: true }))
      const answers = await Promise.all(
        orders.map((order, index) => (ledgers[index % ledgers.length] as RowLedger).order(order)),
      )
      const phases = answers.map((answer) => standing(answer).phase)
      assert.equal(phases.filter((phase) => phase === 'Confirmed').length, 100)
      assert.equal(phases.filter((phase) => phase === 'Rejected').length, 100)
      assert.deepEqual(await balances(stock), { reserved: 0, confirmed: 100 })
    })
  })
}
