import assert from 'node:assert/strict'
import { alertOf } from '../../../../operator/domain/alerts/level-alert.ts'
import { levelNewsFrom, type StockLevel } from '../../../../operator/domain/alerts/stock-level.ts'
import { eventFrom, rejectionWithoutStock } from '../../../../operator/domain/event/event.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { afterTen, anEntry, aReservation, grinder } from '../../../fixtures/builders.ts'

const context = { cluster: 'east', stock: { ...grinder, product: 'p' }, term: 1, texts: null }
const newsOf = (particular: Partial<Entry>) => {
  const { headers, value } = eventFrom(anEntry(particular), context)
  return levelNewsFrom(headers, value)
}
const lowLevel = { verb: 'Note', note: 'level_changed', level: 'Low' } as const

describe('the level that an event tells', () => {
  it('is that of its stock, with its numbers and who has sent it', () => {
    const news = newsOf({ ...lowLevel, sequence: 7, available: 3, stockQuantity: 20 })
    assert.ok(news.kind === 'level')
    const { at: _at, ...level } = news.level
    assert.deepEqual(level, {
      ...{ uid: grinder.uid, namespace: grinder.namespace, stock: grinder.name, product: 'p', cluster: 'east' },
      ...{ level: 'Low', available: 3, quantity: 20, sequence: 7 },
    })
  })

  it('is in decisions about reservations, too', () => {
    const news = newsOf({ verb: 'Reserve', level: 'Critical' })
    assert.ok(news.kind === 'level' && news.level.level === 'Critical')
  })

  it('is none once the stock is deleted', () => {
    const news = newsOf({ verb: 'Note', note: 'deleted', level: 'Low' })
    assert.ok(news.kind === 'level' && news.level.level === undefined)
  })

  it('is not told by machines, by records and by refusals without a stock', () => {
    const { headers, value } = rejectionWithoutStock(aReservation(), 'StockNotFound', afterTen(0), 'c')
    assert.equal(levelNewsFrom(headers, value).kind, 'other')
    for (const ce_type of ['io.kbnt.machine.running.v1', 'io.kbnt.stock.entries.v1', 'com.example.other'])
      assert.equal(levelNewsFrom({ ce_type }, 'no JSON').kind, 'other')
  })

  it('is unreadable without balances, but for a refusal where there is no stock', () => {
    const { headers, value } = eventFrom(anEntry(lowLevel), context)
    assert.equal(levelNewsFrom(headers, JSON.stringify({ ...JSON.parse(value), balances: null })).kind, 'unreadable')
  })

  const { headers, value } = eventFrom(anEntry(lowLevel), context)
  const given = JSON.parse(value)
  const withStock = (part: object) => ({ stock: { ...given.stock, ...part } })
  const withBalances = (part: object) => ({ balances: { ...given.balances, ...part } })
  const unreadable: readonly (readonly [text: string, reason: RegExp])[] = [
    ...['{', '[]', 'null'].map((text) => [text, /no JSON object/] as const),
    ...[
      ...[{ stock: { name: 'x' } }, { stock: null }, withStock({ uid: '' }), withStock({ uid: 5 })],
      ...['namespace', 'name', 'product'].map((name) => withStock({ [name]: 'n'.repeat(254) })),
    ].map((part) => [JSON.stringify({ ...given, ...part }), /does not name its stock/] as const),
    ...['"7"', 'null', '-1', '1.5', '1e999', '9007199254740992'].map(
      (sequence) => [value.replace(`"sequence":${given.sequence}`, `"sequence":${sequence}`), /sequence/] as const,
    ),
    ...['2026', '1', 'Nov 30 2026', '2026-11-30', '2026-11-30 05:00:00Z', '2026-13-30T05:00:00Z', '2026-11-30T05:00:00']
      .concat('+275760-09-13T00:00:00.000Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-12:00', '')
      .map((timestamp) => [JSON.stringify({ ...given, timestamp }), /timestamp/] as const),
    ...['High', null, {}].map((level) => [JSON.stringify({ ...given, level }), /its level is/] as const),
    ...[withBalances({ available: { toString: 1 } }), withBalances({ quantity: '3' }), { balances: 'many' }].map(
      (part) => [JSON.stringify({ ...given, ...part }), /balances/] as const,
    ),
    [value.replace(`"available":${given.balances.available}`, '"available":1e999'), /balances/],
  ]
  for (const [index, [text, reason]] of unreadable.entries())
    it(`can not be read, case ${index}: ${reason}`, () => {
      const news = levelNewsFrom(headers, text)
      assert.ok(news.kind === 'unreadable' && reason.test(news.reason), JSON.stringify(news))
    })

  it('can not be read without the type of the event', () => {
    assert.equal(levelNewsFrom({}, value).kind, 'unreadable')
  })

  it('has its time as everybody reads it', () => {
    for (const timestamp of ['2026-11-30T05:00:00Z', '2026-11-30T05:00:00.000000Z', '2026-11-30T06:00:00+01:00']) {
      const news = levelNewsFrom(headers, JSON.stringify({ ...given, timestamp }))
      assert.ok(news.kind === 'level')
      assert.equal(news.level.at, '2026-11-30T05:00:00.000Z')
    }
  })
})

describe('the alert of a level', () => {
  const aLevel = (particular: Partial<StockLevel>): StockLevel => ({
    ...{ uid: 'u', cluster: 'east', namespace: 'shop', stock: 'grinder', product: 'p', level: 'Low' },
    ...{ available: 3, quantity: 20, sequence: 7, at: '2026-11-23T01:18:23.375Z', ...particular },
  })

  it('is who it is by the stock, its uid and the level', () => {
    assert.deepEqual(alertOf(aLevel({}))?.labels, {
      ...{ alertname: 'KbntStockLevel', severity: 'info', level: 'Low', cluster: 'east' },
      ...{ namespace: 'shop', stock: 'grinder', product: 'p', uid: 'u' },
    })
    assert.equal(alertOf(aLevel({}))?.annotations['summary'], 'shop/grinder is Low: 3 of 20 available')
    assert.equal(alertOf(aLevel({ level: 'Exhausted' }))?.labels['severity'], 'critical')
  })

  it('is none at Normal and of a deleted stock', () => {
    assert.equal(alertOf(aLevel({ level: 'Normal' })), undefined)
    assert.equal(alertOf(aLevel({ level: undefined })), undefined)
  })
})
