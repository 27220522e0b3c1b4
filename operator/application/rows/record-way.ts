import type { EventStock } from '../../domain/event/event.ts'
import type { StockRecord } from '../../domain/event/record-event.ts'
import { arrivalsOf, type Parcel, parcelOf } from '../event/lane.ts'
import type { OutgoingEvent } from '../event/outgoing-event.ts'
import type { NextRecords, WaitingStock } from './record-books.ts'
import { LEAP } from './stock/decide-stock-row.ts'

/** How far the records of one stock have come: `delivered` ≤ `upTo` ≤ `read`, each the last entry of a record. */
export interface Way {
  stock: EventStock
  /** The database knows that all topics have everything up to this entry. */
  delivered: number
  /** They have. */
  upTo: number
  /** What was read ends here; behind `upTo` it is on its way. */
  read: number
  /** The last entry, as far as is known. */
  sequence: number
  /** Of its undelivered records, when they were last looked at. */
  bytes: number
  /** By topic, the last event that it has, where others lack what came with that. */
  readonly arrived: Map<string, number>
  /** Something did not take what it sent: it doesn't go with the others until it has got through by a trial. */
  isAside: boolean
}

/** Records of one stock on their way, in order. */
export interface Cargo {
  readonly way: Way
  /** What they follow: they may go when all topics have everything up to this entry. */
  readonly after: number
  /** Nothing is left up to this entry when all are delivered. */
  readonly upTo: number
  readonly items: readonly { readonly first: number; readonly last: number; readonly parcels: readonly Parcel[] }[]
}

/** What became of a cargo. */
export interface Landed {
  /** The topics that lack something of it; none = all of it is delivered. */
  readonly missing: ReadonlySet<string>
  /** How many entries of what is delivered have no record. */
  readonly lost: number
}

/** What is sent of a record. */
export type EventsOfRecord = (record: StockRecord, stock: EventStock) => readonly OutgoingEvent[]

export function wayOf({ stock, delivered, sequence, bytes }: WaitingStock): Way {
  const reached = { delivered, upTo: delivered, read: delivered }
  return { stock, ...reached, sequence, bytes, arrived: new Map(), isAside: false }
}

/** What somebody else has delivered need not go again. */
export function heed(way: Way, { delivered, sequence }: Pick<NextRecords, 'delivered' | 'sequence'>): void {
  way.sequence = Math.max(way.sequence, sequence)
  way.delivered = Math.max(way.delivered, delivered)
  way.upTo = Math.max(way.upTo, delivered)
  way.read = Math.max(way.read, delivered)
}

/** Loads what was read after an entry; undefined = there is nothing. What a topic is known to have is not for it again. */
export function cargoOf(way: Way, readAfter: number, next: NextRecords, eventsOf: EventsOfRecord): Cargo | undefined {
  const after = Math.max(readAfter, next.delivered)
  const upTo = next.records.at(-1)?.last ?? next.sequence
  if (upTo <= after) return undefined
  const items = next.records.map((record) => ({
    ...{ first: record.first, last: record.last },
    parcels: eventsOf(record, way.stock).map((event) => parcelFor(way, event)),
  }))
  return { way, after, upTo, items }
}

function parcelFor({ arrived }: Way, event: OutgoingEvent): Parcel {
  const parcel = parcelOf(event, () => undefined)
  for (const topic of event.topics) if (event.sequence <= (arrived.get(topic) ?? 0)) parcel.missing.delete(topic)
  return parcel
}

/** By topic, what it is to get, in the order of each stock. */
export function loadsOf(cargos: readonly Cargo[]): Map<string, { readonly parcels: Parcel[] }> {
  const loads = new Map<string, { readonly parcels: Parcel[] }>()
  for (const parcel of cargos.flatMap(({ items }) => items.flatMap(({ parcels }) => parcels))) {
    for (const topic of parcel.missing) {
      const load = loads.get(topic) ?? { parcels: [] }
      loads.set(topic, load)
      load.parcels.push(parcel)
    }
  }
  return loads
}

/** Takes note of what has arrived: where something has not, what comes next is read again. */
export function crossOff({ way, items, upTo }: Cargo): Landed {
  const missing = new Set<string>()
  let lost = 0
  const reach = (first: number, last: number) => {
    const passedOver = first - 1 - way.upTo
    // so many are not lost but were never there: somebody has accepted the books of a stock that was set back
    if (passedOver < LEAP) lost += Math.max(0, passedOver)
    way.upTo = Math.max(way.upTo, last)
  }
  for (const { first, last, parcels } of items) {
    for (const parcel of parcels) for (const topic of parcel.missing) missing.add(topic)
    if (missing.size === 0) reach(first, last)
  }
  if (missing.size === 0) reach(upTo + 1, upTo)
  if (missing.size === 0 && way.upTo >= way.read) way.arrived.clear()
  if (missing.size > 0) {
    for (const [topic, sequence] of arrivalsOf(items.flatMap(({ parcels }) => parcels)))
      way.arrived.set(topic, Math.max(sequence, way.arrived.get(topic) ?? 0))
    way.read = way.upTo
  }
  return { missing, lost }
}
