import assert from 'node:assert/strict'
import { type EventContext, eventFrom, rejectionWithoutStock } from '../../../../operator/domain/event/event.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { afterTen, anEntry, aReservation, grinder, tenOClock } from '../../../fixtures/builders.ts'

const context: EventContext = {
  cluster: 'eu-1',
  stock: { ...grinder, product: 'PROD-001' },
  term: 7,
  texts: { consumer: 'ana', note: 'Client order', requestId: 'req-1' },
}
const price = { amount: '9.90', currency: 'EUR' }

function ofTheStock(particular: Partial<Entry>): Entry {
  const { reservation: _, uid: __, quantity: ___, deadline: ____, ...entry } = anEntry(particular)
  return entry
}
const dataOf = (entry: Entry, particular: Partial<EventContext> = {}) =>
  JSON.parse(eventFrom(entry, { ...context, ...particular }).value)

describe('eventFrom', () => {
  it('says everything of a hold, as a CloudEvent in binary mode', () => {
    const event = eventFrom(anEntry({ unitPrice: price }), context)
    const { value, ...record } = event
    assert.deepEqual(record, {
      id: 'uid-grinder-3',
      type: 'io.kbnt.reservation.reserved.v1',
      sequence: 3,
      key: 'shop/grinder',
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: 'uid-grinder-3',
        ce_source: '/kbnt.io/eu-1/shop/virtualstocks/grinder',
        ce_type: 'io.kbnt.reservation.reserved.v1',
        ce_time: '2026-11-22T10:00:00.000Z',
        ce_dataschema: 'https://kbnt.io/events/io.kbnt.reservation.reserved.v1.schema.json',
        ce_subject: 'order',
        ce_correlationid: 'req-1',
        ce_sequence: '0000000000000003',
        ce_term: '7',
      },
      timestampMs: tenOClock,
      level: 'Normal',
      price,
    })
    assert.deepEqual(JSON.parse(value), {
      eventId: 'uid-grinder-3',
      eventType: 'STOCK_RESERVED',
      timestamp: '2026-11-22T10:00:00.000Z',
      service: 'kbnt-operator',
      domain: 'virtual-stock',
      operation: 'RESERVE',
      stock: { namespace: 'shop', name: 'grinder', uid: 'uid-grinder', product: 'PROD-001' },
      reservation: { namespace: 'shop', name: 'order', uid: 'uid-order', consumer: 'ana', note: 'Client order' },
      quantity: 2,
      unitPrice: price,
      balances: { quantity: 5, reserved: 2, confirmed: 0, available: 3 },
      level: 'Normal',
      deadline: '2026-11-22T10:15:00.000Z',
      sequence: 3,
      previousSequence: 2,
      term: 7,
      correlationId: 'req-1',
    })
  })

  it('says everything of a stock’s own change, and names no reservation', () => {
    const event = eventFrom(ofTheStock({ verb: 'Note', note: 'level_changed', level: 'Low' }), context)
    assert.equal(event.type, 'io.kbnt.stock.level_changed.v1')
    assert.equal(event.level, 'Low')
    assert.ok(!('price' in event))
    assert.ok(!('ce_subject' in event.headers))
    const { eventType, operation, reservation, quantity, unitPrice, level } = JSON.parse(event.value)
    assert.deepEqual(
      { eventType, operation, reservation, quantity, unitPrice, level },
      {
        eventType: 'STOCK_LEVEL_CHANGED',
        operation: 'NOTE',
        reservation: null,
        quantity: null,
        unitPrice: null,
        level: 'Low',
      },
    )
  })

  const types: readonly [Partial<Entry>, string, string][] = [
    [{ verb: 'Reserve' }, 'reservation.reserved', 'STOCK_RESERVED'],
    [{ verb: 'Confirm' }, 'reservation.confirmed', 'STOCK_CONFIRMED'],
    [{ verb: 'Release' }, 'reservation.released', 'STOCK_RELEASED'],
    [{ verb: 'Return' }, 'reservation.returned', 'STOCK_RETURNED'],
    [{ verb: 'Expire' }, 'reservation.expired', 'STOCK_EXPIRED'],
    [{ verb: 'Extend' }, 'reservation.extended', 'STOCK_EXTENDED'],
    [{ verb: 'Refuse' }, 'reservation.rejected', 'STOCK_REJECTED'],
    [{ verb: 'Wait' }, 'reservation.waiting', 'STOCK_WAITING'],
    [{ verb: 'Adjust' }, 'stock.adjusted', 'STOCK_ADJUSTED'],
    [{ verb: 'Recount' }, 'stock.recounted', 'STOCK_RECOUNTED'],
    [{ verb: 'Note', note: 'created' }, 'stock.created', 'STOCK_CREATED'],
    [{ verb: 'Note', note: 'deleted' }, 'stock.deleted', 'STOCK_DELETED'],
    [{ verb: 'Note', note: 'paused' }, 'stock.paused', 'STOCK_PAUSED'],
    [{ verb: 'Note', note: 'resumed' }, 'stock.resumed', 'STOCK_RESUMED'],
    [{ verb: 'Note', note: 'priced' }, 'stock.priced', 'STOCK_PRICED'],
    [{ verb: 'Note', note: 'level_changed' }, 'stock.level_changed', 'STOCK_LEVEL_CHANGED'],
  ]
  for (const [particular, occasion, eventType] of types) {
    it(`is ${occasion} for ${particular.verb} ${particular.note ?? ''}`, () => {
      const event = eventFrom(anEntry(particular), context)
      const data = JSON.parse(event.value)
      assert.equal(event.type, `io.kbnt.${occasion}.v1`)
      assert.equal(event.headers['ce_type'], event.type)
      assert.equal(event.headers['ce_dataschema'], `https://kbnt.io/events/${event.type}.schema.json`)
      assert.equal(data.eventType, eventType)
      assert.equal(data.operation, particular.verb?.toUpperCase())
    })
  }

  it('has no texts of a reservation that is gone', () => {
    const event = eventFrom(anEntry(), { ...context, texts: null })
    const { reservation, correlationId } = JSON.parse(event.value)
    assert.deepEqual(reservation, {
      namespace: 'shop',
      name: 'order',
      uid: 'uid-order',
      consumer: null,
      note: null,
    })
    assert.equal(correlationId, null)
    assert.ok(!('ce_correlationid' in event.headers))
  })

  it('has null for texts that a reservation never had', () => {
    const { reservation, correlationId } = dataOf(anEntry(), { texts: {} })
    assert.deepEqual([reservation.consumer, reservation.note, correlationId], [null, null, null])
  })

  it('has no subject where nobody remembers the name', () => {
    const event = eventFrom(anEntry({ reservation: '' }), context)
    assert.ok(!('ce_subject' in event.headers))
    assert.equal(JSON.parse(event.value).reservation.name, '')
  })

  it('names a reservation from another namespace', () => {
    assert.equal(dataOf(anEntry({ reservationNamespace: 'cafe' })).reservation.namespace, 'cafe')
  })

  it('names a reservation whose name an entry lacks by its uid alone', () => {
    const { reservation: _, ...nameless } = anEntry()
    assert.deepEqual([dataOf(nameless).reservation.uid, dataOf(nameless).reservation.name], ['uid-order', ''])
  })

  it('says why, what was missing, the other lines and what it follows, where its entry does', () => {
    const shortages = [{ stockNamespace: 'shop', stock: 'grinder', missing: 1 }]
    const lines = [{ stockNamespace: 'shop', stock: 'beans', stockUID: 'uid-beans', sequence: 4, quantity: 1 }]
    const follows = { uid: 'uid-home', sequence: 9 }
    const all = dataOf(anEntry({ verb: 'Refuse', reason: 'InsufficientStock', shortages, lines, follows }))
    assert.deepEqual([all.reason, all.shortages, all.lines, all.line], ['InsufficientStock', shortages, lines, follows])
    const none = dataOf(ofTheStock({ verb: 'Adjust' }))
    for (const key of ['reason', 'deadline', 'shortages', 'lines', 'line']) assert.ok(!(key in none), key)
  })

  it('has the words of whoever changed the stock, apart from reasons of the closed list', () => {
    const data = dataOf(ofTheStock({ verb: 'Adjust', changeReason: 'the yearly count' }))
    assert.deepEqual([data.changeReason, 'reason' in data], ['the yearly count', false])
    assert.ok(!('changeReason' in dataOf(ofTheStock({ verb: 'Adjust' }))))
  })

  it('numbers events so that they sort as text', () => {
    const sequences = [1, 9, 10, 4_711, Number.MAX_SAFE_INTEGER]
    const texts = sequences.map((sequence) => eventFrom(anEntry({ sequence }), context).headers['ce_sequence'] ?? '')
    assert.deepEqual([...texts].sort(), texts)
    assert.deepEqual(new Set(texts.map((text) => text.length)), new Set([16]))
  })

  it('begins with a predecessor that there never was', () => {
    assert.equal(dataOf(anEntry({ sequence: 1 })).previousSequence, 0)
  })
})

describe('rejectionWithoutStock', () => {
  const reservation = aReservation({
    spec: {
      items: [{ stockNamespace: 'roastery', stock: 'beans', quantity: 3 }],
      consumer: 'ana',
      note: 'Client order',
      requestId: 'req-1',
    },
  })

  it('says all that is known without a stock, and null for the rest', () => {
    const event = rejectionWithoutStock(reservation, 'StockNotFound', afterTen(3), 'eu-1')
    const { value, ...record } = event
    assert.deepEqual(record, {
      id: 'uid-order-rejected',
      type: 'io.kbnt.reservation.rejected.v1',
      sequence: 0,
      key: 'roastery/beans',
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: 'uid-order-rejected',
        ce_source: '/kbnt.io/eu-1/shop/reservations/order',
        ce_type: 'io.kbnt.reservation.rejected.v1',
        ce_time: '2026-11-22T10:00:03.000Z',
        ce_dataschema: 'https://kbnt.io/events/io.kbnt.reservation.rejected.v1.schema.json',
        ce_subject: 'order',
        ce_correlationid: 'req-1',
      },
      timestampMs: tenOClock + 3_000,
    })
    assert.deepEqual(JSON.parse(value), {
      eventId: 'uid-order-rejected',
      eventType: 'STOCK_REJECTED',
      timestamp: '2026-11-22T10:00:03.000Z',
      service: 'kbnt-operator',
      domain: 'virtual-stock',
      operation: 'REFUSE',
      stock: { namespace: 'roastery', name: 'beans', uid: null, product: null },
      reservation: { namespace: 'shop', name: 'order', uid: 'uid-order', consumer: 'ana', note: 'Client order' },
      quantity: 3,
      unitPrice: null,
      balances: null,
      level: null,
      sequence: 0,
      previousSequence: null,
      term: null,
      reason: 'StockNotFound',
      correlationId: 'req-1',
    })
  })

  it('has null for texts that the reservation never had', () => {
    const event = rejectionWithoutStock(aReservation(), 'StockNotFound', afterTen(3), 'eu-1')
    const { reservation: told, correlationId } = JSON.parse(event.value)
    assert.deepEqual([told.consumer, told.note, correlationId], [null, null, null])
    assert.ok(!('ce_correlationid' in event.headers))
  })
})
