import assert from 'node:assert/strict'
import { CloudEvent, Kafka, type KafkaMessage } from 'cloudevents'
import fc from 'fast-check'
import { type EventTexts, eventFrom } from '../../../../operator/domain/event/event.ts'
import { recordEntry } from '../../../../operator/domain/event/record-entry.ts'
import {
  entriesOf,
  eventsOfRecord,
  type RecordContext,
  type RecordData,
  recordEventFrom,
  type StockRecord,
} from '../../../../operator/domain/event/record-event.ts'
import type { Routing } from '../../../../operator/domain/event/routing.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { arbitraryEntry } from '../../../fixtures/arbitrary-entries.ts'
import { anEntry, grinder, tenOClock } from '../../../fixtures/builders.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'

const schemas = eventSchemas()
const RECORD = 'io.kbnt.stock.entries.v1'
const context: RecordContext = { cluster: 'eu-1', stock: { ...grinder, product: 'grinder' }, term: 7 }
const texts: fc.Arbitrary<EventTexts> = fc.record(
  {
    consumer: fc.string({ unit: 'binary', minLength: 1, maxLength: 128 }),
    note: fc.string({ unit: 'binary', maxLength: 256 }),
    requestId: fc.string({ minLength: 1, maxLength: 128 }),
  },
  { requiredKeys: [] },
)

interface Told {
  readonly entry: Entry
  readonly texts: EventTexts | undefined
}

/** Entries in a row; those about the stock alone have no texts. */
const told: fc.Arbitrary<Told[]> = fc
  .tuple(
    fc.array(fc.tuple(arbitraryEntry, texts), { minLength: 1, maxLength: 20 }),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 20 }),
  )
  .map(([entries, first]) =>
    entries.map(([entry, own], index) => ({
      entry: { ...entry, sequence: first + index },
      texts: entry.uid === undefined ? undefined : own,
    })),
  )

function recordOf(all: readonly Told[]): StockRecord {
  const entries = all.map(({ entry }) => entry)
  return {
    first: entries[0]?.sequence ?? 0,
    last: entries.at(-1)?.sequence ?? 0,
    at: tenOClock,
    entries: JSON.stringify(all.map(({ entry, texts: own }) => recordEntry(entry, own))),
    tellsStock: entries.some(({ uid }) => uid === undefined),
  }
}

function faultsOf(type: string, data: unknown): unknown {
  const validate = schemas.get(type)?.validate
  assert.ok(validate, `no schema for ${type}`)
  return validate(data) ? null : validate.errors
}

const dataOf = (all: readonly Told[]): RecordData => JSON.parse(recordEventFrom(recordOf(all), context).value)

describe('the event of a record', () => {
  it('says what its schema allows, and nothing else', () => {
    fc.assert(
      fc.property(told, (all) => {
        const data = dataOf(all)
        assert.equal(faultsOf(RECORD, data), null)
        for (const key of Object.keys(data)) {
          const { [key as keyof RecordData]: _, ...without } = data
          assert.notEqual(faultsOf(RECORD, without), null, key)
        }
        assert.notEqual(faultsOf(RECORD, { ...data, extra: 1 }), null)
      }),
    )
  })

  it('has all that the single events of its entries say', () => {
    fc.assert(
      fc.property(told, (all) => {
        const want = all.map(({ entry, texts: own }) => {
          const { id, type, sequence, value } = eventFrom(entry, { ...context, texts: own ?? null })
          return { id, type, sequence, data: JSON.parse(value) }
        })
        assert.deepEqual(
          entriesOf(dataOf(all)).map((single) => ({ ...single, data: JSON.parse(JSON.stringify(single.data)) })),
          want,
        )
        for (const { type, data } of want) assert.equal(faultsOf(type, data), null)
      }),
      { numRuns: 300 },
    )
  })

  it('is read back by others as the CloudEvent that it is', () => {
    const record = recordOf([3, 4, 5].map((sequence) => ({ entry: anEntry({ sequence }), texts: undefined })))
    const { key, headers, value, id, timestampMs, sequence } = recordEventFrom(record, context)
    const message: KafkaMessage = { key, headers: { ...headers }, value, body: value }
    const read = Kafka.toEvent<RecordData>(message)
    assert.ok(read instanceof CloudEvent && read.validate())
    assert.deepEqual([read.id, read.type, read.subject, read['term']], ['uid-grinder-3', RECORD, undefined, '7'])
    assert.deepEqual([read['sequence'], read.time], ['0000000000000003', new Date(tenOClock).toISOString()])
    assert.deepEqual([id, key, timestampMs, sequence], ['uid-grinder-3', 'shop/grinder', tenOClock, 3])
    const { firstSequence, lastSequence, previousSequence, entries } = read.data as RecordData
    assert.deepEqual([firstSequence, lastSequence, previousSequence, entries.length], [3, 5, 2, 3])
  })

  it('has an id and a source together that no single event has', () => {
    const entry = anEntry({ sequence: 3 })
    const names = ({ id, headers }: { id: string; headers: Readonly<Record<string, string>> }) =>
      `${headers['ce_source']} ${id}`
    const record = recordEventFrom(recordOf([{ entry, texts: undefined }]), context)
    assert.notEqual(names(record), names(eventFrom(entry, { ...context, texts: null })))
  })

  it('is of a type whose title and place its schema says', () => {
    const schema = schemas.get(RECORD)?.schema
    assert.deepEqual([schema?.title, schema?.$id], [RECORD, `https://kbnt.io/events/${RECORD}.schema.json`])
    assert.equal(
      schema?.properties['eventType']?.const,
      dataOf([{ entry: anEntry(), texts: undefined }])['eventType' as never],
    )
  })
})

describe('entriesOf', () => {
  it('refuses what no stock does', () => {
    const data = dataOf([{ entry: anEntry(), texts: undefined }])
    const entries = data.entries.map((entry) => ({ ...entry, type: 'stock.eaten' as const }))
    assert.throws(() => entriesOf({ ...data, entries }), /no decision of a stock is called stock.eaten/)
  })
})

describe('eventsOfRecord', () => {
  const routing: Routing = {
    profile: 'topics',
    routes: [
      { types: ['reservation.*'], priceAbove: { amount: '5', currency: 'EUR' }, topic: 'dear' },
      { types: ['reservation.*'], topic: 'moves' },
      { types: ['stock.level_changed'], levels: ['Low'], topic: 'critical' },
      { types: ['stock.*'], priceAbove: { amount: '100', currency: 'EUR' }, topic: 'moves' },
      { types: ['stock.*'], topic: 'stocks' },
    ],
    auditTopic: 'audit',
    flatTopic: 'all',
  }
  const ofTheStock = (sequence: number, particular: Partial<Entry>): Told => {
    const { uid: _, reservation: __, deadline: ___, ...entry } = anEntry({ sequence, verb: 'Note', ...particular })
    return { entry, texts: undefined }
  }
  const moves: Told = { entry: anEntry({ sequence: 5, unitPrice: { amount: '9', currency: 'EUR' } }), texts: undefined }
  const goals = (all: readonly Told[], profile: Routing['profile'] = 'topics') =>
    eventsOfRecord(recordOf(all), context, { ...routing, profile }).map(({ type, id, topics }) => [type, id, topics])
  const record = [RECORD, 'uid-grinder-5', ['moves', 'audit']]

  it('go where holds of no price go, and to the audit topic', () => {
    assert.deepEqual(goals([moves]), [record])
  })

  it('tell of the stock as single events, too, in their own topics and not in that which has everything', () => {
    const all = [
      moves,
      ofTheStock(6, { note: 'level_changed', level: 'Low' }),
      ofTheStock(7, { note: 'paused' }),
      ofTheStock(8, { verb: 'Adjust' }),
    ]
    assert.deepEqual(goals(all), [
      record,
      ['io.kbnt.stock.level_changed.v1', 'uid-grinder-6', ['critical']],
      ['io.kbnt.stock.paused.v1', 'uid-grinder-7', ['stocks']],
      ['io.kbnt.stock.adjusted.v1', 'uid-grinder-8', ['stocks']],
    ])
  })

  it('send nothing twice to one topic', () => {
    const dear = { note: 'paused', unitPrice: { amount: '101', currency: 'EUR' } } as const
    assert.deepEqual(goals([moves, ofTheStock(6, dear)]), [record])
    assert.deepEqual(goals([moves, ofTheStock(6, { note: 'paused' })], 'flat'), [[RECORD, 'uid-grinder-5', ['all']]])
  })

  it('are the single events that others would be', () => {
    const created = ofTheStock(5, { note: 'created', unitPrice: { amount: '9', currency: 'EUR' } })
    const [, single] = eventsOfRecord(recordOf([created]), context, routing)
    const { topics: _, ...event } = single ?? assert.fail()
    assert.deepEqual(event, eventFrom(created.entry, { ...context, texts: null }))
  })
})
