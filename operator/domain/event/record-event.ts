import { keyOf } from '../reservation/reservation.ts'
import { cloudEventHeaders, positionHeaders, SERVICE, typeOf } from './cloud-event.ts'
import {
  DOMAIN,
  type EventContext,
  type EventStock,
  eventData,
  eventFrom,
  eventTypeOf,
  type StockEvent,
} from './event.ts'
import { entryFromRecord, type RecordEntry } from './record-entry.ts'
import { type Routing, topicsFor, topicsForRecords } from './routing.ts'

const OCCASION = 'stock.entries'
export const RECORD_TYPE = typeOf(OCCASION)

/** Decisions of one stock that were committed together, in order and without a gap. They are never put together anew. */
export interface StockRecord {
  readonly first: number
  readonly last: number
  /** When the last of them was made, in milliseconds. */
  readonly at: number
  /** JSON: an array of RecordEntry. */
  readonly entries: string
  /** Whether some are about the stock itself, and so have events of their own beside it. */
  readonly tellsStock: boolean
}

export type RecordContext = Omit<EventContext, 'texts'>

/** The data of a record's event. */
export interface RecordData {
  readonly stock: EventStock
  readonly firstSequence: number
  readonly lastSequence: number
  /** firstSequence − 1. */
  readonly previousSequence: number
  readonly term: number
  readonly entries: readonly RecordEntry[]
}

/**
 * The event of a record: the same bytes on every delivery by the same leader. Its source is not the stock but the stock's
 * records, because an id is unique in its source, and the first entry may have an event of its own.
 */
export function recordEventFrom(record: StockRecord, { stock, cluster, term }: RecordContext): StockEvent {
  const { first, last, at, entries } = record
  const id = `${stock.uid}-${first}`
  const time = new Date(at).toISOString()
  const source = `/kbnt.io/${cluster}/${stock.namespace}/virtualstocks/${stock.name}/records`
  const envelope = { id, type: RECORD_TYPE, time, source, subject: undefined, correlationId: undefined }
  const data = {
    eventId: id,
    eventType: eventTypeOf(OCCASION),
    timestamp: time,
    service: SERVICE,
    domain: DOMAIN,
    stock,
    firstSequence: first,
    lastSequence: last,
    previousSequence: first - 1,
    term,
  }
  return {
    id,
    type: RECORD_TYPE,
    sequence: first,
    key: keyOf(stock.namespace, stock.name),
    headers: { ...cloudEventHeaders(envelope), ...positionHeaders(first, term) },
    // as they are: reading and writing thousands of entries a second anew would cost more than sending them
    value: `${JSON.stringify(data).slice(0, -1)},"entries":${entries}}`,
    timestampMs: at,
  }
}

/** What is sent of a record: itself, and what it tells of its stock as single events, which go where no record does. */
export function eventsOfRecord(record: StockRecord, context: RecordContext, routing: Routing) {
  const topics = topicsForRecords(routing)
  const others = (event: StockEvent) => topicsFor(event, routing).filter((topic) => !topics.includes(topic))
  return [
    { ...recordEventFrom(record, context), topics },
    ...(record.tellsStock ? stockEvents(record, context) : []).flatMap((event) => {
      const own = others(event)
      return own.length > 0 ? [{ ...event, topics: own }] : []
    }),
  ]
}

function stockEvents({ entries }: StockRecord, context: RecordContext): StockEvent[] {
  return (JSON.parse(entries) as RecordEntry[])
    .filter(({ uid }) => uid === undefined)
    .map((told) => eventFrom(entryFromRecord(told).entry, { ...context, texts: null }))
}

/** One entry of a record as an event of its own: `data` is as the schema of that type has it. */
export interface EntryEvent {
  readonly id: string
  readonly type: string
  readonly sequence: number
  readonly data: object
}

/** For whoever knows single events: those that the entries of a record would have been. Throws for what is no record. */
export function entriesOf({ stock, term, entries }: RecordData): EntryEvent[] {
  return entries.map((told) => {
    const { entry, texts } = entryFromRecord(told)
    const { sequence } = entry
    return {
      ...{ id: `${stock.uid}-${sequence}`, type: typeOf(told.type), sequence },
      data: eventData(entry, { stock, term, texts }),
    }
  })
}
