import assert from 'node:assert/strict'
import type { RowLedger } from '../../../../operator/application/rows/row-ledger.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { type InMemoryRows, inMemoryRows } from '../../../fakes/in-memory-rows.ts'
import { auditRows } from '../../../fixtures/audit-rows.ts'
import { minuteMs, tenOClock } from '../../../fixtures/builders.ts'
import { anOrder, aRowStock, endOver, rowLedger, standing } from '../../../fixtures/row-orders.ts'

describe('Holds in rows whose time is up', () => {
  let books: InMemoryRows
  let ledger: RowLedger

  beforeEach(() => {
    books = inMemoryRows(tenOClock, { overLimit: 3 })
    ledger = rowLedger(books)
  })
  afterEach(() => assert.deepEqual(auditRows(books.rows()), []))

  const aStock = (particular: Partial<StockTerms> = {}) => aRowStock(books, particular)
  const letTimePass = () => books.setTime(tenOClock + 24 * 60 * minuteMs)
  const phases = (uids: readonly string[]) =>
    books.rows().finished.flatMap(({ uid, phase }) => (uids.includes(uid) ? [phase] : []))

  it('keep nobody waiting who would be refused anyhow', async () => {
    const [bean, cup] = [await aStock(), await aStock()]
    const set = [bean, cup].map((stock) => [stock, 1] as const)
    await ledger.order(anOrder(set))
    letTimePass()
    assert.equal(standing(await ledger.order(anOrder([[bean, 1_000]]))).reason, 'NeverFits')
  })

  it('are ended as whole sets, however few of them are read', async () => {
    const [bean, cup] = [await aStock(), await aStock()]
    for (let count = 0; count < 2; count++)
      await ledger.order(
        anOrder([
          [bean, 2],
          [cup, 2],
        ]),
      )
    letTimePass()
    const next = anOrder([
      [bean, 5],
      [cup, 1],
    ])
    assert.equal(standing(await ledger.order(next)).phase, 'Reserved')
  })

  it('of one stock make nobody wait at another', async () => {
    const [many, one] = [await aStock({ quantity: 100 }), await aStock({ quantity: 1 })]
    for (let count = 0; count < 6; count++) await ledger.order(anOrder(many))
    await ledger.order(anOrder(one, { ttlMs: 16 * minuteMs }))
    letTimePass()
    const all = [anOrder(many), anOrder(many), anOrder(one)].map((order) => ledger.order(order))
    assert.deepEqual(
      (await Promise.all(all)).map((answer) => standing(answer).phase),
      ['Reserved', 'Reserved', 'Reserved'],
    )
  })

  it('are ended beside hundreds that nobody may end', async () => {
    const [first, second] = [await aStock({ quantity: 1_000 }), await aStock()]
    for (let count = 0; count < 600; count++) await ledger.order(anOrder(first))
    const other = anOrder(second)
    await ledger.order(other)
    letTimePass()
    await books.halt(first)
    assert.equal(await endOver(books, ledger), 1)
    assert.deepEqual(phases([other.uid]), ['Expired'])
  })

  it('stay where one of their stocks is halted', async () => {
    const [bean, cup] = [await aStock(), await aStock()]
    const set = anOrder([
      [bean, 5],
      [cup, 5],
    ])
    await ledger.order(set)
    letTimePass()
    await books.halt(cup)
    const answers = await Promise.all([anOrder(bean), anOrder(cup), anOrder(bean)].map((order) => ledger.order(order)))
    assert.deepEqual(answers[1], { kind: 'halted', stock: cup })
    assert.deepEqual(phases([set.uid]), [])
  })
})
