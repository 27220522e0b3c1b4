import { type Clock, later, latest, longAgo, msBetween, never, type Tick } from '../clock.ts'
import { jointPatience } from '../joint-patience.ts'
import { type PatienceParts, patience } from '../patience.ts'
import { type EventSpools, type SpoolRef, SpoolTooLarge } from './event-spools.ts'
import { arrivalsOf, type Lane, missingOf, type Spool, type Storing } from './lane.ts'
import type { Lanes } from './lanes.ts'
import { bytesOfAll, fitting } from './spool-batch.ts'

const MOST_AT_ONCE = 4
const RETRY_MS = 1_000
const FULL_FOR_MS = 5_000
/** Of all that may be spooled, what one lane may take: the events of one stock must leave room for the others'. */
const LANE_SHARE = 0.25

export interface SpoolingParts extends PatienceParts {
  readonly clock: Clock
  readonly lanes: Lanes
  readonly spools: EventSpools
  /** How old the oldest event of a lane's queue must be. */
  readonly spoolAfterMs: number
  /** Bytes that may be spooled in all; what goes beyond stays in the journals. */
  readonly maxSpooledBytes: number
  /** Events of a lane are stored. */
  readonly onStored: (lane: Lane) => void
}

/** Moves events that have waited too long out of the journals, whatever they wait for. */
export interface Spooling {
  /** Events have come, or room has. */
  wake(): void
  stop(): void
}

export function spooling(parts: SpoolingParts): Spooling {
  const { clock, lanes, spools, spoolAfterMs, maxSpooledBytes } = parts
  const tries = jointPatience<Lane>(parts, 'spool events')
  const full = patience(parts, { operation: 'spool events', fields: {} })
  let fullAt = longAgo
  let underWay = 0
  let bytesUnderWay = 0
  let stopped = false
  let cancel: (() => void) | undefined

  /** When the lane is to be looked at: when its oldest event has waited long enough. */
  function dueAt(lane: Lane): Tick {
    if (lane.storing) return lane.storing.underWay ? never : lane.storeAt
    const [oldest] = lane.queue
    return oldest ? latest(lane.storeAt, later(oldest.since, spoolAfterMs)) : never
  }

  /** An event that comes is never due before those that the timer is set for. */
  function wake(): void {
    if (!cancel && !stopped) arm(later(clock.tick(), spoolAfterMs))
  }

  function arm(at: Tick): void {
    cancel?.()
    cancel = clock.schedule(Math.max(0, msBetween(clock.tick(), at)), check)
  }

  function check(): void {
    cancel?.()
    cancel = undefined
    if (stopped) return
    let next = never
    for (const lane of lanes.all()) {
      if (underWay >= MOST_AT_ONCE) return // whatever ends looks again
      if (isDue(lane)) begin(lane)
      next = earlier(next, dueAt(lane))
    }
    if (next !== never) arm(next)
  }

  const isDue = (lane: Lane) => msBetween(dueAt(lane), clock.tick()) >= 0

  /** Begins to store the front of the queue, or what it is not known of whether it is stored. */
  function begin(lane: Lane): void {
    const storing = lane.storing ?? (isFull(lane, 1) ? undefined : frontOf(lane, roomFor(lane)))
    const bytes = bytesOfAll(storing?.events ?? [])
    if (storing && (lane.storing || !isFull(lane, bytes))) {
      void store(lane, storing, bytes)
      return
    }
    const reason = `${lane.name} has to wait: ${lanes.spooledBytes} of ${maxSpooledBytes} bytes are spooled`
    sayFull(reason)
    lane.storeAt = later(clock.tick(), RETRY_MS)
  }

  /** Lanes come and go at the limit; it is over when none was stopped by it for a while. */
  function sayFull(reason: string): void {
    const now = clock.tick()
    if (msBetween(fullAt, now) > FULL_FOR_MS) full.over()
    fullAt = now
    full.failed({ cause: 'LimitReached', reason })
  }

  /** What is left of the limit, and of the lane's share in it. */
  function roomFor({ spools: own }: Lane): number {
    const left = maxSpooledBytes - lanes.spooledBytes - bytesUnderWay
    return Math.min(left, maxSpooledBytes * LANE_SHARE - own.reduce((sum, { ref }) => sum + ref.bytes, 0))
  }

  function isFull({ spools: own }: Lane, bytes: number): boolean {
    const inAll = lanes.spooledBytes + bytesUnderWay + bytes
    const ofLane = own.reduce((sum, { ref }) => sum + ref.bytes, bytes)
    return inAll > maxSpooledBytes || (own.length > 0 && ofLane > maxSpooledBytes * LANE_SHARE)
  }

  async function store(lane: Lane, storing: Storing, bytes: number): Promise<void> {
    lane.storing = { ...storing, underWay: true }
    underWay += 1
    bytesUnderWay += bytes
    try {
      stored(lane, storing, await spools.create(lane.stockUid, storing.events))
      tries.over(lane)
    } catch (error) {
      failed(lane, storing, error)
    }
    underWay -= 1
    bytesUnderWay -= bytes
    lanes.changed(lane)
    parts.onStored(lane)
    check()
  }

  /** Takes what is stored out of the queue; some of it may have been delivered meanwhile. */
  function stored(lane: Lane, { batch }: Storing, ref: SpoolRef): void {
    delete lane.storing
    const isOurs = ref.lastSequence === batch.at(-1)?.event.sequence
    const missing = isOurs ? missingOf(batch) : undefined
    const spool: Spool = { ref, missing, arrived: arrivalsOf(batch), dueAt: clock.tick(), leaving: false }
    const kept = lane.queue.findIndex(({ event }) => event.sequence > ref.lastSequence)
    for (const parcel of lane.queue.splice(0, kept === -1 ? lane.queue.length : kept)) parcel.done()
    lanes.addSpools(lane, [spool])
  }

  function failed(lane: Lane, { batch, events }: Storing, error: unknown): void {
    tries.failed(lane, lane.name, error)
    const isSplit = error instanceof SpoolTooLarge && batch.length > 1
    const half = isSplit ? Math.ceil(batch.length / 2) : batch.length
    lane.storing = { batch: batch.slice(0, half), events: events.slice(0, half), underWay: false }
    lane.storeAt = isSplit ? clock.tick() : later(clock.tick(), RETRY_MS)
  }

  return {
    wake,
    stop() {
      stopped = true
      cancel?.()
    },
  }
}

function earlier(one: Tick, other: Tick): Tick {
  return msBetween(one, other) < 0 ? other : one
}

/** The undelivered events at the front of a queue that fit into one spool. */
function frontOf({ queue }: Lane, roomBytes: number): Storing {
  const undelivered = queue.filter(({ missing }) => missing.size > 0)
  const batch = undelivered.slice(
    0,
    fitting(
      undelivered.map(({ event }) => event),
      roomBytes,
    ),
  )
  const events = batch.map(({ event, missing }) => ({ ...event, topics: [...missing] }))
  return { batch, events, underWay: false }
}
