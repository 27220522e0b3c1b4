import type { SpoolRef } from './event-spools.ts'
import type { OutgoingEvent } from './outgoing-event.ts'

/** One event on its way: `missing` = the topics that have not acknowledged it yet. */
export interface Parcel {
  readonly event: OutgoingEvent
  readonly missing: Set<string>
  /** Set when the event has left the journal's care: delivered or spooled. */
  readonly done: () => void
}

/** The undelivered events of one stock, in order: what is spooled goes before what is queued. */
export interface Lane {
  readonly stockUid: string
  readonly name: string
  readonly spools: SpoolRef[]
  readonly queue: Parcel[]
  /** The events of the first spool, while they are being sent. */
  opened?: { readonly ref: SpoolRef; readonly parcels: Parcel[] }
  /** Not tried before this time (ms), and why: a topic refused an event. */
  heldUntil: number
  heldBecause?: string
  onIdle: () => void
}

export function lane(stockUid: string, name: string, onIdle: () => void): Lane {
  return { stockUid, name, spools: [], queue: [], heldUntil: 0, onIdle }
}

export function parcelOf(event: OutgoingEvent, done: () => void): Parcel {
  return { event, missing: new Set(event.topics), done }
}

/** The next parcels to send, oldest first. */
export function windowOf(lane: Lane, most: number): readonly Parcel[] {
  return lane.opened ? lane.opened.parcels : lane.spools.length > 0 ? [] : lane.queue.slice(0, most)
}

/** Takes out the delivered parcels at the front; answers how many they were. */
export function settleFront(parcels: Parcel[]): number {
  const undelivered = parcels.findIndex(({ missing }) => missing.size > 0)
  const delivered = parcels.splice(0, undelivered === -1 ? parcels.length : undelivered)
  for (const parcel of delivered) parcel.done()
  return delivered.length
}
