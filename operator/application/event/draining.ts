import { type Clock, later, msBetween } from '../clock.ts'
import { jointPatience } from '../joint-patience.ts'
import { type PatienceParts, SAY_EVERY_MS } from '../patience.ts'
import type { EventSpools } from './event-spools.ts'
import { arrivalsOf, type Lane, missingOf, nextToRead, type Parcel, parcelOf, type Spool } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { OutgoingEvent } from './outgoing-event.ts'
import { flawOf } from './spool-batch.ts'
import type { TopicGates } from './topic-gates.ts'

/** Spools in memory at once, each of another lane. */
const MOST_IN_HAND = 8
const MOST_REMOVALS = 4
const RETRY_MS = 2_000

export interface DrainingParts extends PatienceParts {
  readonly clock: Clock
  readonly lanes: Lanes
  readonly gates: TopicGates
  readonly spools: EventSpools
  readonly onLost: (events: number) => void
  /** Events have been read, or what stood before others is gone. */
  readonly onReady: (lane: Lane) => void
}

/** Brings spooled events back into memory, a few lanes at a time, and removes the spools that are delivered. */
export interface Draining {
  /** Reads and removes what is to be and may be now. */
  pump(): void
  /** Reads a spool now; answers whether its events are there. */
  read(lane: Lane, spool: Spool): Promise<boolean>
  /** Events of a lane may have arrived: what is delivered is removed, what can't go on is put away. */
  tidy(lane: Lane): void
  stop(): void
  /** Nothing is being read or removed. */
  readonly idle: boolean
}

interface Removal {
  readonly lane: Lane
  readonly spool: Spool
}

export function draining(parts: DrainingParts): Draining {
  const { clock, lanes, gates, spools, onTrouble, onRetry } = parts
  const inHand = new Set<Spool>()
  const reading = new Map<Spool, Promise<boolean>>()
  const removals: Removal[] = [] // each spool once at most
  const reads = jointPatience<Spool>(parts, 'read spools')
  const removes = jointPatience<Spool>(parts, 'remove spools')
  let removing = 0
  let stopped = false

  const isDue = ({ dueAt }: Spool) => msBetween(dueAt, clock.tick()) >= 0

  function again(spool: Spool, delayMs: number): void {
    spool.dueAt = later(clock.tick(), delayMs)
    clock.schedule(delayMs, pump)
  }

  function pump(): void {
    if (stopped) return
    while (removing < MOST_REMOVALS && removals.length > 0) void remove(removals.shift() as Removal)
    for (const lane of [...lanes.spooled]) {
      if (inHand.size + reading.size >= MOST_IN_HAND) return
      const spool = nextToRead(lane, (topic) => gates.takes(lane, topic))
      if (!spool || reading.has(spool) || !isDue(spool)) continue
      lanes.read(lane)
      void read(lane, spool)
    }
  }

  function read(lane: Lane, spool: Spool): Promise<boolean> {
    if (!isDue(spool)) return Promise.resolve(false)
    const known = reading.get(spool)
    if (known !== undefined) return known
    const begun = readOnce(lane, spool).finally(() => {
      reading.delete(spool)
      parts.onReady(lane)
    })
    reading.set(spool, begun)
    return begun
  }

  async function readOnce(lane: Lane, spool: Spool): Promise<boolean> {
    try {
      const events = await spools.read(spool.ref)
      reads.over(spool)
      if (!events) return lose(lane, spool)
      const flaw = flawOf(events)
      if (flaw !== undefined) return refuse(lane, spool, flaw)
      take(spool, events)
      return true
    } catch (error) {
      reads.failed(spool, spool.ref.name, error)
      again(spool, RETRY_MS)
      return false
    }
  }

  function take(spool: Spool, events: readonly OutgoingEvent[]): void {
    const parcels = events.map((event) => parcelOf(event, () => undefined))
    for (const parcel of parcels) forget(spool, parcel)
    spool.parcels = parcels
    spool.missing = missingOf(parcels)
    delete spool.flaw
    inHand.add(spool)
  }

  /** What is known to have arrived is not sent again. */
  function forget({ missing: known, arrived }: Spool, { event, missing }: Parcel): void {
    for (const topic of event.topics) {
      const isThere = event.sequence <= (arrived?.get(topic) ?? -Infinity)
      if (isThere || (known && !known.has(topic))) missing.delete(topic)
    }
  }

  function lose(lane: Lane, spool: Spool): boolean {
    onTrouble('a spool was deleted before its events were delivered', { stock: lane.name, spool: spool.ref.name })
    parts.onLost(spool.ref.count)
    lanes.dropSpool(lane, spool)
    return false
  }

  /** Nobody can tell what it holds: the lane waits until somebody has put it right or taken it away. */
  function refuse(lane: Lane, spool: Spool, flaw: string): boolean {
    onTrouble("a spool can't be sent; its stock's events wait behind it", {
      ...{ stock: lane.name, spool: spool.ref.name, reason: flaw },
    })
    onRetry('read spools', 'Unreadable')
    spool.flaw = flaw
    again(spool, SAY_EVERY_MS)
    return false
  }

  function tidy(lane: Lane): void {
    const before = new Set<string>()
    let isFrontKnown = true
    for (const spool of lane.spools) {
      const isNext = (topic: string) => isFrontKnown && !before.has(topic)
      if (spool.parcels) putAway(lane, spool, isNext)
      isFrontKnown &&= spool.missing !== undefined
      for (const topic of spool.missing ?? []) before.add(topic)
      if (spool.leaving || spool.missing?.size !== 0) continue
      spool.leaving = true
      removals.push({ lane, spool })
    }
  }

  /**
   * Keeps the events in hand only while some of them can go somewhere: those that stand behind others of their lane which
   * are not in hand would keep these from ever being read. `isNext`: no spool in front lacks that topic.
   */
  function putAway(lane: Lane, spool: Spool, isNext: (topic: string) => boolean): void {
    const missing = missingOf(spool.parcels ?? [])
    spool.missing = missing
    const goesOn = lane.trying || [...missing].some((topic) => isNext(topic) && gates.takes(lane, topic))
    if (goesOn && missing.size > 0) return
    spool.arrived = arrivalsOf(spool.parcels ?? [])
    delete spool.parcels
    inHand.delete(spool)
  }

  async function remove({ lane, spool }: Removal): Promise<void> {
    removing += 1
    try {
      await spools.remove(spool.ref)
      removes.over(spool)
      lanes.dropSpool(lane, spool)
      parts.onReady(lane)
    } catch (error) {
      removes.failed(spool, spool.ref.name, error)
      clock.schedule(RETRY_MS, () => {
        removals.push({ lane, spool })
        pump()
      })
    }
    removing -= 1
    pump()
  }

  return {
    pump,
    read,
    tidy,
    stop() {
      stopped = true
    },
    get idle() {
      return reading.size === 0 && removing === 0 && removals.length === 0
    },
  }
}
