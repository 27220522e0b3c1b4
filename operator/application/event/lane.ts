import type { Tick } from '../clock.ts'
import type { SpoolRef } from './event-spools.ts'
import type { OutgoingEvent } from './outgoing-event.ts'

/*
 * A lane is the way of one stock's undelivered events, in their order:
 *
 *   journal ─▶ queue ─────────────────────────▶ topics        ready: goes with each round
 *                │ a topic refuses what is for it             held: that topic gets trials of its own, others go on
 *                │ the oldest has waited too long
 *                ▼                                            spooling: being stored
 *              spools ─ read again ───────────▶ topics        draining: before what is queued
 *
 * Order is kept for each topic by itself: an event goes to a topic when everything before it has gone there.
 */

/** One event on its way: `missing` = the topics that have not acknowledged it yet. */
export interface Parcel {
  readonly event: OutgoingEvent
  readonly missing: Set<string>
  /** Called once the event has left the journal's care, delivered or spooled, in the order of the lane. */
  readonly done: () => void
}

/** An event in the queue of its lane, and since when. */
export interface Queued extends Parcel {
  readonly since: Tick
}

/** A stored batch of a lane. */
export interface Spool {
  readonly ref: SpoolRef
  /** The topics that some of its events may still miss; undefined = nobody has looked since it was found. */
  missing: ReadonlySet<string> | undefined
  /** Its events, while they are read to be sent. */
  parcels?: readonly Parcel[]
  /** By topic, the sequence up to which it has them: so that what is put away and read again goes on from there. */
  arrived?: ReadonlyMap<string, number>
  /** Not read before this. */
  dueAt: Tick
  /** Delivered: it is being removed. */
  leaving: boolean
  /** Why it can't be read; absent = it can, as far as is known. */
  flaw?: string
}

/**
 * Why events of a lane for one topic don't go with the rounds.
 * waiting = the topic takes nothing at present; suspect = it refused a round in which they were; refused = it refused
 * them by themselves.
 */
export interface Block {
  kind: 'waiting' | 'suspect' | 'refused'
  reason: string
  /** How many events the next trial sends: fewer after a refusal, so that a sound one in front of a sick one gets through. */
  most: number
  dueAt: Tick
}

/** A batch on its way into a spool: `events` as they are sent to the store, each time the same. */
export interface Storing {
  readonly batch: readonly Queued[]
  readonly events: readonly OutgoingEvent[]
  readonly underWay: boolean
}

/** The undelivered events of one stock, in order: what is spooled goes before what is queued. */
export interface Lane {
  readonly stockUid: string
  readonly name: string
  readonly spools: Spool[]
  readonly queue: Queued[]
  /** By topic. */
  readonly blocks: Map<string, Block>
  /** What is being stored, until it is known to be; the queue may be ahead of it by then. */
  storing?: Storing
  /** Nothing is stored before this. */
  storeAt: Tick
  /** A trial is under way; what it sends stays where it is meanwhile. */
  trying: boolean
}

export type LaneState = 'ready' | 'held' | 'spooling' | 'draining'

export function parcelOf(event: OutgoingEvent, done: () => void): Parcel {
  return { event, missing: new Set(event.topics), done }
}

/** The most pressing of what is going on in a lane. */
export function stateOf({ blocks, spools, storing }: Lane): LaneState {
  if (blocks.size > 0 || spools.some(({ flaw }) => flaw !== undefined)) return 'held'
  if (storing) return 'spooling'
  return spools.length > 0 ? 'draining' : 'ready'
}

/** Why some of the lane's events are held back; undefined when none are. */
export function heldBecause({ blocks, spools }: Lane): string | undefined {
  const flawed = spools.find(({ flaw }) => flaw !== undefined)
  if (flawed) return `spool ${flawed.ref.name}: ${flawed.flaw}`
  const [first] = blocks
  return first && `${first[0]}: ${first[1].reason}`
}

/** Whether nothing of the lane is left to look after. */
export function isEmpty({ queue, spools, storing, trying }: Lane): boolean {
  return queue.length === 0 && spools.length === 0 && !storing && !trying
}

/** Events in a row and the topics that they must not go to yet: 'all', or those that something in front of them misses. */
export interface Source {
  readonly parcels: readonly Parcel[]
  readonly spool: Spool | undefined
  readonly behind: ReadonlySet<string>
}

/** What of a lane is in memory and may go to some topic, spools first. Ends at a spool that may miss any topic. */
export function* sourcesOf({ spools, queue }: Lane): Generator<Source> {
  let behind: ReadonlySet<string> = nothing
  for (const spool of spools) {
    if (spool.parcels) yield { parcels: spool.parcels, spool, behind }
    if (!spool.missing) return
    if (spool.missing.size > 0) behind = behind.size > 0 ? new Set([...behind, ...spool.missing]) : spool.missing
  }
  yield { parcels: queue, spool: undefined, behind }
}

const nothing: ReadonlySet<string> = new Set()

/** The next spool that is to be read so that something of it can go to a topic that `takes` it from this lane. */
export function nextToRead({ spools }: Lane, takes: (topic: string) => boolean): Spool | undefined {
  const behind = new Set<string>()
  for (const spool of spools) {
    if (!spool.missing) return spool.parcels ? undefined : spool
    const wanted = [...spool.missing].some((topic) => takes(topic) && !behind.has(topic))
    if (wanted) return spool.parcels ? undefined : spool // one at a time
    for (const topic of spool.missing) behind.add(topic)
  }
  return undefined
}

/** Takes out the delivered events at the front of the queue; answers how many they were. */
export function takeDelivered({ queue }: Lane): number {
  const undelivered = queue.findIndex(({ missing }) => missing.size > 0)
  const delivered = queue.splice(0, undelivered === -1 ? queue.length : undelivered)
  for (const parcel of delivered) parcel.done()
  return delivered.length
}

/** The topics that some of these events have not reached yet. */
export function missingOf(parcels: readonly Parcel[]): Set<string> {
  const topics = new Set<string>()
  for (const { missing } of parcels) for (const topic of missing) topics.add(topic)
  return topics
}

/** By topic, the sequence up to which it has these events. */
export function arrivalsOf(parcels: readonly Parcel[]): Map<string, number> {
  const arrived = new Map<string, number>()
  const ended = new Set<string>()
  for (const { event, missing } of parcels) {
    for (const topic of missing) ended.add(topic)
    for (const topic of event.topics) if (!ended.has(topic)) arrived.set(topic, event.sequence)
  }
  return arrived
}
