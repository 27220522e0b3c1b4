import assert from 'node:assert/strict'
import { CloudEvent, Kafka, type KafkaMessage } from 'cloudevents'
import fc from 'fast-check'
import {
  type EventContext,
  eventFrom,
  rejectionWithoutStock,
  type StockEvent,
} from '../../../../operator/domain/event/event.ts'
import { arbitraryEntry } from '../../../fixtures/arbitrary-entries.ts'
import { afterTen, anEntry, aReservation } from '../../../fixtures/builders.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'

/** Machines, storages, networks, requests and records have their own: machine-event-schemas.test.ts, storage-event-schemas.test.ts, network-event-schemas.test.ts, request-event.test.ts, record-event.test.ts. */
const schemas = new Map(
  [...eventSchemas()].filter(
    ([type]) =>
      !/^io\.kbnt\.(machine|storage|network|virtualization|user|inventory|payment|order|notification|stock\.entries)\./.test(
        type,
      ),
  ),
)
const texts = fc.option(
  fc.record(
    {
      consumer: fc.string({ minLength: 1, maxLength: 128 }),
      note: fc.string({ maxLength: 256 }),
      requestId: fc.string({ minLength: 1, maxLength: 128 }),
    },
    { requiredKeys: [] },
  ),
)
const contextOfAReservation: fc.Arbitrary<EventContext> = fc.record({
  cluster: fc.constantFrom('default', 'eu-1'),
  stock: fc.record({
    namespace: fc.constant('shop'),
    name: fc.constantFrom('grinder', 'beans'),
    uid: fc.uuid(),
    product: fc.string({ minLength: 1, maxLength: 128 }),
  }),
  term: fc.integer({ min: 1, max: 1_000 }),
  texts,
})
/** An entry and what is known around it; a stock's own entry is about no reservation, so there are no texts of one. */
const told = fc
  .tuple(arbitraryEntry, contextOfAReservation)
  .map(([entry, context]) => ({ entry, context: entry.uid === undefined ? { ...context, texts: null } : context }))
const arbitraryEvent = told.map(({ entry, context }) => eventFrom(entry, context))

function faultsOf(event: Pick<StockEvent, 'type' | 'value'>): unknown {
  const validate = schemas.get(event.type)?.validate
  assert.ok(validate, `no schema for ${event.type}`)
  return validate(JSON.parse(event.value)) ? null : validate.errors
}

function parsed({ key, headers, value }: StockEvent): CloudEvent<unknown> {
  const message: KafkaMessage = { key, headers: { ...headers }, value, body: value }
  const event = Kafka.toEvent<unknown>(message)
  assert.ok(event instanceof CloudEvent)
  return event
}

describe('the schemas of events', () => {
  it('allow every event of every entry', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        assert.equal(faultsOf(event), null)
      }),
      { numRuns: 1_000 },
    )
  })

  it('are there for exactly the types that entries have', () => {
    const types = new Set<string>()
    for (const event of fc.sample(arbitraryEvent, { numRuns: 1_000, seed: 1 })) types.add(event.type)
    assert.deepEqual([...types].sort(), [...schemas.keys()].sort())
  })

  it('allow the event of a refusal without a stock', () => {
    for (const reservation of [aReservation(), aReservation({ spec: { consumer: 'ana', note: '', requestId: 'r' } })])
      assert.equal(faultsOf(rejectionWithoutStock(reservation, 'StockNotFound', afterTen(0), 'default')), null)
  })

  for (const [type, { schema }] of schemas) {
    it(`say of ${type} what it is called, and where it is found`, () => {
      assert.equal(schema.title, type)
      assert.equal(schema.$id, `https://kbnt.io/events/${type}.schema.json`)
      assert.equal(schema.properties['eventType']?.const, `STOCK_${type.split('.')[3]?.toUpperCase()}`)
    })

    it(`allow nothing in ${type} that they do not name, and want all that is always there`, () => {
      const event = fc.sample(
        arbitraryEvent.filter((candidate) => candidate.type === type),
        { numRuns: 1, seed: 1 },
      )[0]
      assert.ok(event)
      const data = JSON.parse(event.value)
      assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, extra: 1 }) }), null)
      for (const key of ['eventId', 'timestamp', 'stock', 'balances', 'sequence', 'previousSequence', 'term']) {
        const { [key]: _, ...without } = data
        assert.notEqual(faultsOf({ type, value: JSON.stringify(without) }), null, key)
      }
    })
  }
})

describe('an event', () => {
  it('is read back by others as the CloudEvent that it is', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        const read = parsed(event)
        assert.equal(read.validate(), true)
        assert.deepEqual(
          [read.id, read.type, read.specversion, read.datacontenttype, read.source],
          [event.id, event.type, '1.0', 'application/json', event.headers['ce_source']],
        )
        assert.deepEqual(
          [read['sequence'], read['term'], read['correlationid'], read.time, read.dataschema, read.subject],
          ['ce_sequence', 'ce_term', 'ce_correlationid', 'ce_time', 'ce_dataschema', 'ce_subject'].map(
            (header) => event.headers[header],
          ),
        )
        assert.deepEqual(read.data, JSON.parse(event.value))
      }),
    )
  })

  it('is read back also when it is of a refusal without a stock', () => {
    const read = parsed(rejectionWithoutStock(aReservation(), 'StockNotFound', afterTen(0), 'default'))
    assert.equal(read.validate(), true)
    assert.deepEqual([read.id, read.subject, read['sequence']], ['uid-order-rejected', 'order', undefined])
  })

  it('is the same to the byte whenever it is sent again by the same leader', () => {
    fc.assert(
      fc.property(told, ({ entry, context }) => {
        assert.deepEqual(eventFrom(structuredClone(entry), structuredClone(context)), eventFrom(entry, context))
      }),
    )
  })

  it('differs in nothing but the term and the texts when another leader sends it later', () => {
    fc.assert(
      fc.property(told, ({ entry, context }) => {
        const { headers, value, ...first } = eventFrom(entry, context)
        const later = eventFrom(entry, { ...context, term: context.term + 1, texts: null })
        const { headers: laterHeaders, value: laterValue, ...second } = later
        assert.deepEqual(second, first)
        const { ce_term: _, ce_correlationid: __, ...sameHeaders } = headers
        const { ce_term, ...others } = laterHeaders
        assert.equal(ce_term, String(context.term + 1))
        assert.deepEqual(others, sameHeaders)
        const data = JSON.parse(value)
        const reservation = data.reservation && { ...data.reservation, consumer: null, note: null }
        assert.deepEqual(JSON.parse(laterValue), {
          ...data,
          reservation,
          term: context.term + 1,
          correlationId: null,
        })
      }),
    )
  })

  it('has an id that no other entry’s event has', () => {
    const { stock } = fc.sample(contextOfAReservation, { numRuns: 1, seed: 1 })[0] as EventContext
    const ids = [1, 2, 11, 12].flatMap((sequence) =>
      [stock.uid, `${stock.uid.slice(0, -1)}x`].map(
        (uid) => eventFrom(anEntry({ sequence }), { cluster: 'c', stock: { ...stock, uid }, term: 1, texts: null }).id,
      ),
    )
    assert.equal(new Set(ids).size, 8)
  })
})
