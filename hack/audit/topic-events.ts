import type { DeliveredEvent } from '../../operator/application/audit/audit-sequence.ts'
import { entriesOf, RECORD_TYPE, type RecordData } from '../../operator/domain/event/record-event.ts'
import type { TopicRecord } from '../../operator/infrastructure/kafka/topic-reader.ts'

type Told = Record<string, unknown> & {
  readonly sequence: number
  readonly stock?: { readonly uid: string | null }
  readonly machine?: { readonly uid: string }
  readonly reservation?: { readonly uid: string } | null
  /** What an event of an order is about. */
  readonly payload?: { readonly uid?: string }
}

/** The events by the uid of their stock, machine or order, in the order of the topic. */
export function eventsBySource(records: readonly TopicRecord[]): Map<string, DeliveredEvent[]> {
  const bySource = new Map<string, DeliveredEvent[]>()
  for (const record of records) {
    for (const event of eventsFrom(record)) {
      const events = bySource.get(event.sourceUid)
      if (events) events.push(event)
      else bySource.set(event.sourceUid, [event])
    }
  }
  return bySource
}

/** One for each entry, where it is a record of many. */
function eventsFrom(message: TopicRecord): DeliveredEvent[] {
  const { headers, value } = message
  if (headers['ce_type'] !== RECORD_TYPE) return eventFrom(message)
  const record = JSON.parse(value) as RecordData
  return entriesOf(record).map(({ id, type, sequence, data }) => {
    return { id, type, sourceUid: record.stock.uid, sequence, numbers: numbersOf(data as Told) }
  })
}

/** None for an event of neither: a reservation whose stock nobody knows. */
function eventFrom({ headers, value }: TopicRecord): DeliveredEvent[] {
  const told = JSON.parse(value) as Told
  const sourceUid = told.stock?.uid ?? told.machine?.uid ?? told.payload?.uid
  if (sourceUid === undefined) return []
  const numbers = told.stock ? numbersOf(told) : value // of machines and orders nothing may differ
  return [{ id: headers['ce_id'] ?? '', type: headers['ce_type'] ?? '', sourceUid, sequence: told.sequence, numbers }]
}

/** Texts of a reservation are null when it is gone, and the term is that of who has sent it. */
function numbersOf({ stock: _, sequence: __, term: ___, correlationId: ____, reservation, ...numbers }: Told): string {
  return JSON.stringify({ ...numbers, reservation: reservation?.uid }, inOrder)
}

/** Two texts of the same say it in the same order. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
