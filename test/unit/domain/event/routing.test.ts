import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { eventFrom, rejectionWithoutStock, type StockEvent } from '../../../../operator/domain/event/event.ts'
import { type Route, type Routing, topicsFor } from '../../../../operator/domain/event/routing.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { afterTen, anEntry, aReservation, grinder } from '../../../fixtures/builders.ts'

const settings = join(import.meta.dirname, '../../../../config/default-settings.yaml')
const defaultRouting: Routing = parse(readFileSync(settings, 'utf8')).events

const usd = (amount: string) => ({ amount, currency: 'USD' })
const anEvent = (particular: Partial<Entry> = {}): StockEvent =>
  eventFrom(anEntry(particular), { cluster: 'c', stock: { ...grinder, product: 'p' }, term: 1, texts: null })
const rejected = rejectionWithoutStock(aReservation(), 'StockNotFound', afterTen(0), 'c')
const levelChanged = (particular: Partial<Entry>) => anEvent({ verb: 'Note', note: 'level_changed', ...particular })

describe('topicsFor', () => {
  const audit = 'stock-audit-logs'
  const byDefault: readonly [string, StockEvent, ...string[]][] = [
    ['a hold', anEvent(), 'high-priority-updates'],
    ['a refusal', anEvent({ verb: 'Refuse' }), 'high-priority-updates'],
    ['a refusal without a stock', rejected, 'high-priority-updates'],
    ['a change to Low', levelChanged({ level: 'Low' }), 'critical-stock-events'],
    ['a change to Critical', levelChanged({ level: 'Critical' }), 'critical-stock-events'],
    [
      'a change to Exhausted, of an expensive stock',
      levelChanged({ level: 'Exhausted', unitPrice: usd('500') }),
      'critical-stock-events',
    ],
    ['a change back to Normal', levelChanged({ level: 'Normal' }), 'virtual-stock-updates', 'critical-stock-events'],
    [
      'a change back to Normal, of an expensive stock',
      levelChanged({ unitPrice: usd('100.01') }),
      'high-priority-updates',
      'critical-stock-events',
    ],
    ['a deletion', anEvent({ verb: 'Note', note: 'deleted' }), 'virtual-stock-updates', 'critical-stock-events'],
    [
      'a deletion of an expensive stock',
      anEvent({ verb: 'Note', note: 'deleted', unitPrice: usd('500') }),
      'high-priority-updates',
      'critical-stock-events',
    ],
    ['an adjustment while Low', anEvent({ verb: 'Adjust', level: 'Low' }), 'virtual-stock-updates'],
    [
      'an adjustment of an expensive stock',
      anEvent({ verb: 'Adjust', unitPrice: usd('100.01') }),
      'high-priority-updates',
    ],
    ['an adjustment at the very limit', anEvent({ verb: 'Adjust', unitPrice: usd('100.00') }), 'virtual-stock-updates'],
    [
      'an adjustment in another currency',
      anEvent({ verb: 'Adjust', unitPrice: { amount: '500', currency: 'EUR' } }),
      'virtual-stock-updates',
    ],
    ['a creation', anEvent({ verb: 'Note', note: 'created' }), 'virtual-stock-updates'],
  ]
  it('goes by topics by default', () => assert.equal(defaultRouting.profile, 'topics'))

  for (const [title, event, ...topics] of byDefault) {
    it(`sends ${title} to ${topics.join(' and ')} by default, and to the audit topic`, () => {
      assert.deepEqual(topicsFor(event, defaultRouting), [...topics, audit])
    })
  }

  it('sends everything to one topic in the flat profile', () => {
    const flat = { ...defaultRouting, profile: 'flat' } as const
    for (const event of [anEvent(), rejected, levelChanged({ level: 'Low' })])
      assert.deepEqual(topicsFor(event, flat), ['virtual-stock-events'])
  })

  const withRoutes = (...routes: readonly Route[]) => ({ ...defaultRouting, routes })

  it('takes the first route that matches', () => {
    const routing = withRoutes({ types: ['stock.*'], topic: 'a' }, { topic: 'b' }, { topic: 'c' })
    assert.deepEqual(topicsFor(anEvent(), routing), ['b', audit])
    assert.deepEqual(topicsFor(anEvent({ verb: 'Adjust' }), routing), ['a', audit])
  })

  it('sends what no route takes to the audit topic alone', () => {
    assert.deepEqual(topicsFor(anEvent(), withRoutes()), [audit])
    assert.deepEqual(topicsFor(anEvent(), withRoutes({ types: ['stock.*'], topic: 'a' })), [audit])
  })

  it('sends nothing twice to the audit topic', () => {
    assert.deepEqual(topicsFor(anEvent(), withRoutes({ topic: audit })), [audit])
  })

  const conditions: readonly [string, Omit<Route, 'topic'>, StockEvent, boolean][] = [
    ['its exact type', { types: ['reservation.reserved'] }, anEvent(), true],
    ['one of several types', { types: ['stock.adjusted', 'reservation.reserved'] }, anEvent(), true],
    ['another type', { types: ['reservation.confirmed'] }, anEvent(), false],
    ['the beginning of its type', { types: ['reservation.reserve'] }, anEvent(), false],
    ['a kind that begins alike', { types: ['res.*'] }, anEvent(), false],
    ['its kind', { types: ['reservation.*'] }, anEvent(), true],
    ['no type at all', { types: [] }, anEvent(), false],
    ['its level', { levels: ['Low', 'Normal'] }, anEvent(), true],
    ['another level', { levels: ['Low'] }, anEvent(), false],
    ['a level, and it has none', { levels: ['Normal'] }, rejected, false],
    ['a price, and it has none', { priceAbove: usd('0') }, anEvent(), false],
    ['a price below its own', { priceAbove: usd('9') }, anEvent({ unitPrice: usd('10') }), true],
    ['a price above its own', { priceAbove: usd('11') }, anEvent({ unitPrice: usd('10') }), false],
    [
      'its type and level, but another price',
      { types: ['reservation.*'], levels: ['Normal'], priceAbove: usd('11') },
      anEvent({ unitPrice: usd('10') }),
      false,
    ],
    [
      'its type, level and price',
      { types: ['reservation.*'], levels: ['Normal'], priceAbove: usd('9') },
      anEvent({ unitPrice: usd('10') }),
      true,
    ],
  ]
  for (const [title, route, event, taken] of conditions) {
    it(`${taken ? 'takes' : 'does not take'} an event by a route that names ${title}`, () => {
      assert.deepEqual(topicsFor(event, withRoutes({ ...route, topic: 'a' })), taken ? ['a', audit] : [audit])
    })
  }

  it('knows a type in its later versions, too', () => {
    const event = { ...anEvent(), type: 'io.kbnt.reservation.reserved.v12' }
    assert.deepEqual(topicsFor(event, withRoutes({ types: ['reservation.reserved'], topic: 'a' })), ['a', audit])
  })
})
