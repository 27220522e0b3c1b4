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

  it('can not be read where it is no event, and says what is missing', () => {
    const { headers, value } = eventFrom(anEntry(lowLevel), context)
    const reasonOf = (text: string, given: Record<string, string> = headers) => {
      const news = levelNewsFrom(given, text)
      return news.kind === 'unreadable' ? news.reason : news.kind
    }
    const without = (part: object) => JSON.stringify({ ...JSON.parse(value), ...part })
    assert.deepEqual(
      [
        ...[reasonOf(value, {}), reasonOf('{'), reasonOf('[]'), reasonOf('null')],
        ...[reasonOf(without({ stock: { name: 'x' } })), reasonOf(without({ stock: null }))],
        ...[
          reasonOf(without({ sequence: 'x' })),
          reasonOf(without({ timestamp: 'x' })),
          reasonOf(without({ level: 'High' })),
        ],
      ],
      [
        'it has no header ce_type',
        ...Array(3).fill('its value is no JSON object'),
        ...Array(2).fill('it does not name its stock'),
        ...Array(2).fill('it has no sequence, or no timestamp'),
        'its level is "High"',
      ],
    )
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
