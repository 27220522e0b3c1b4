import assert from 'node:assert/strict'
import { rejectionWithoutStock } from '../../../../operator/domain/event/event.ts'
import { type Call, callFor, lookupFor, sayable } from '../../../../operator/domain/integration/call.ts'
import {
  type IntegrationEvent,
  integrationNewsFrom,
} from '../../../../operator/domain/integration/integration-event.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { aReservation } from '../../../fixtures/builders.ts'
import {
  anEvent,
  aRecord,
  created,
  type SentMessage,
  someRoutes,
  stockNote,
} from '../../../fixtures/integration-events.ts'

function eventsOf({ headers, value }: SentMessage): readonly IntegrationEvent[] {
  const news = integrationNewsFrom(headers, value)
  if (news.kind !== 'events') throw new Error(`${news.kind}: ${JSON.stringify(news)}`)
  return news.events
}
const eventOf = (message: SentMessage) => eventsOf(message)[0] as IntegrationEvent

function saidOf(message: SentMessage, externalId?: string): Call & { readonly words: Record<string, unknown> } {
  const event = eventOf(message)
  const call = callFor(event, someRoutes[event.occasion] ?? { method: 'POST', path: '/x' }, externalId)
  if (!('id' in call)) throw new Error(call.reason)
  return { ...call, words: JSON.parse(call.body ?? '') as Record<string, unknown> }
}

describe('an event of a stock, in the words of the other side', () => {
  it('a new stock is a card with its counts, under our reference', () => {
    const { id, method, path, words } = saidOf(created({ unitPrice: { amount: '12.50', currency: 'EUR' } }))
    assert.deepEqual([id, method, path], ['uid-grinder-1', 'POST', '/stock-created'])
    assert.deepEqual(words, {
      reference: 'uid-grinder',
      externalId: null,
      site: 'shop',
      name: 'grinder',
      sequence: 1,
      occurredAt: '2026-11-22T10:00:00.000Z',
      sku: 'coffee-grinder',
      price: { value: '12.50', currency: 'EUR' },
      ...{ onHand: 5, held: 2, sold: 0, free: 3, availability: 'IN_STOCK' },
    })
  })

  it('a changed one is put under their id with its sequence', () => {
    const message = anEvent({ verb: 'Adjust', sequence: 7, level: 'Exhausted' })
    const { method, path, sequence, words } = saidOf(message, 'ext/1')
    assert.deepEqual([method, path, sequence], ['PUT', '/stock-updated/ext%2F1', 7])
    assert.deepEqual([words['externalId'], words['availability'], words['sequence']], ['ext/1', 'OUT_OF_STOCK', 7])
  })

  it('a hold is an order with its units', () => {
    const { words, path } = saidOf(anEvent())
    assert.equal(path, '/stock-reserved')
    assert.deepEqual(words['order'], { reference: 'uid-order', site: 'shop', name: 'order', customer: 'web' })
    assert.equal(words['units'], 2)
  })

  it('the end of a stock says who it was, and of a DELETE nothing is left to be filled in', () => {
    const { method, path, words } = saidOf(anEvent(stockNote({ note: 'deleted', sequence: 9 })))
    assert.deepEqual([method, path, words['reference']], ['DELETE', '/stocks/uid-grinder', 'uid-grinder'])
  })

  it('everything that a stock decides can be said', () => {
    const verbs = ['Reserve', 'Confirm', 'Release', 'Return', 'Expire', 'Extend', 'Refuse', 'Wait'] as const
    const notes = ['created', 'deleted', 'paused', 'resumed', 'priced', 'level_changed'] as const
    const entries: Partial<Entry>[] = [
      ...verbs.map((verb) => ({ verb })),
      ...notes.map((note) => stockNote({ note })),
      ...(['Adjust', 'Recount'] as const).map((verb) => stockNote({ verb })),
    ]
    const said = entries.map((entry) => {
      saidOf(anEvent(entry), 'x')
      return eventOf(anEvent(entry)).occasion
    })
    assert.deepEqual(said.toSorted(), [...sayable].toSorted())
  })

  it('a record comes apart into the events that its entries would have been', () => {
    const entries = [
      { sequence: 3 },
      { sequence: 4, verb: 'Confirm' as const },
      stockNote({ note: 'priced', sequence: 5 }),
    ]
    const apart = eventsOf(aRecord(entries))
    assert.deepEqual(
      apart,
      entries.map((entry) => eventOf(anEvent(entry))),
    )
    assert.deepEqual(
      apart.map(({ id }) => id),
      ['uid-grinder-3', 'uid-grinder-4', 'uid-grinder-5'],
    )
  })

  it('a look-up asks for the event by our id', () => {
    const question = lookupFor(eventOf(anEvent()), '/events/{eventId}', undefined)
    assert.deepEqual(question, { id: 'uid-grinder-3', method: 'GET', path: '/events/uid-grinder-3', sequence: 3 })
  })

  it('is refused by the name of the field that is missing or of another kind', () => {
    const spoilt = (change: (data: Record<string, Record<string, unknown>>) => void) => {
      const { headers, value } = anEvent()
      const data = JSON.parse(value) as Record<string, Record<string, unknown>>
      change(data)
      const news = integrationNewsFrom(headers, JSON.stringify(data))
      if (news.kind !== 'events') return news.kind === 'unreadable' ? news.reason : news.kind
      const call = callFor(news.events[0] as IntegrationEvent, { method: 'POST', path: '/x' }, undefined)
      return 'id' in call ? 'said' : `${call.cause}: ${call.reason}`
    }
    const balances = (data: Record<string, Record<string, unknown>>) => data['balances'] ?? {}
    for (const [change, wanted] of [
      [
        (data) => void Object.assign(balances(data), { available: '3' }),
        /^NotSayable: balances\.available is "3", and a whole number/,
      ],
      [(data) => void delete data['balances'], /^NotSayable: balances\.quantity is missing/],
      [(data) => void Object.assign(data, { level: 'Fine' }), /^NotSayable: level is "Fine", and one of Normal/],
      [(data) => void Object.assign(data, { reservation: null }), /^NotSayable: reservation\.uid is missing/],
      [(data) => void Object.assign(data, { timestamp: 'soon' }), /^NotSayable: timestamp is "soon", and an instant/],
      [(data) => void Object.assign(data, { sequence: 1.5 }), /^sequence is no whole number/],
      [(data) => void Object.assign(data['stock'] ?? {}, { uid: 'a\0b' }), /^stock\.uid is not plain text/],
    ] satisfies [(data: Record<string, Record<string, unknown>>) => void, RegExp][])
      assert.match(spoilt(change), wanted)
  })

  it('is refused where the path needs an id that nobody has given', () => {
    const event = eventOf(anEvent({ verb: 'Adjust', sequence: 7 }))
    const refusal = callFor(event, { method: 'PUT', path: '/stock-updated/{externalId}' }, undefined)
    assert.deepEqual(refusal, {
      cause: 'NoExternalId',
      reason: '/stock-updated/{externalId} needs {externalId}, which nobody has given for shop/grinder',
    })
  })

  it('of what is none of a stock only the id is known, and of what is none at all not even that', () => {
    const { headers, value } = anEvent()
    const other = integrationNewsFrom({ ...headers, ce_type: 'io.kbnt.machine.running.v1' }, value)
    assert.deepEqual(other, { kind: 'other', id: 'uid-grinder-3', occasion: 'machine.running' })
    for (const [given, text] of [
      [{}, value],
      [{ ...headers, ce_id: 'a b' }, value],
      [headers, '[]'],
      [headers, 'nonsense'],
      [{ ...headers, ce_type: 'io.kbnt.stock.entries.v1' }, '{"entries":[{}]}'],
      [{ ...headers, ce_type: 'io.kbnt.stock.entries.v1' }, '{"stock":{},"entries":{}}'],
    ] as const)
      assert.equal(integrationNewsFrom(given, text).kind, 'unreadable')
  })

  it('a refusal that no stock has counted can be read, and not be said', () => {
    const { headers, value, key } = rejectionWithoutStock(
      aReservation(),
      'StockNotFound',
      '2026-11-22T10:00:00.000Z',
      'east',
    )
    const event = eventOf({ headers, value, key })
    assert.equal(event.stockUid, undefined)
    const call = callFor(event, { method: 'POST', path: '/x' }, undefined)
    assert.match('reason' in call ? call.reason : '', /^stock\.uid is null/)
  })
})
