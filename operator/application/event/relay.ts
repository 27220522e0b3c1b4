import { type Clock, pause } from '../clock.ts'
import type { EventSpools, SpoolRef } from './event-spools.ts'
import { type Lane, lane, type Parcel, parcelOf, settleFront, windowOf } from './lane.ts'
import type { Delivery, EventPublisher } from './publisher.ts'
import { batchOf, byTopic } from './round.ts'

const MOST_PER_LANE = 256
const MOST_PER_ROUND = 2_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000
/** A lane whose topic refuses an event is tried again this much later. */
const HOLD_MS = 10_000
const SPOOL_SIZE = 256

export interface RelayParts {
  /** After this long without an acknowledgement the circuit opens: then events are spooled. */
  readonly spoolAfterMs: number
  readonly publisher: EventPublisher
  readonly spools: EventSpools
  readonly clock: Clock
  /** `tookMs`: of those that every topic has now, the time since their entries. */
  readonly onDelivered: (topic: string, messages: number, tookMs: readonly number[]) => void
  /** Something about a lane has changed: it has delivered, been spooled or been held back. */
  readonly onProgress: (stockUid: string) => void
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
}

export interface Relay {
  /** Queues events of a stock, which come in the order of their sequence. */
  send(stockUid: string, name: string, parcels: readonly Parcel[]): void
  /** Spools found at the start; they go out before anything newer. */
  adopt(stockUid: string, name: string, refs: readonly SpoolRef[]): void
  /** Spooled events of a stock; 0 when none are. */
  spooled(stockUid: string): number
  /** Why a stock's events are held back; undefined when they aren't. */
  heldBecause(stockUid: string): string | undefined
  readonly undelivered: number
  readonly open: boolean
  /** Resolves when nothing is queued, or after `withinMs`. Then sends nothing more. */
  stop(withinMs: number): Promise<void>
}

/**
 * Delivers events: per stock in order, one round of batches at a time. A round's failure delays the next; while the
 * broker is away, or a topic refuses, events are spooled so that the journals can go on.
 */
export function relay(parts: RelayParts): Relay {
  const { publisher, spools, clock, onTrouble } = parts
  const lanes = new Map<string, Lane>()
  let running = false
  let stopping = false
  let retryMs = FIRST_RETRY_MS
  let failingSince: number | undefined
  const idlers: (() => void)[] = []

  const isOpen = () => failingSince !== undefined && clock.now() - failingSince >= parts.spoolAfterMs

  function laneOf(stockUid: string, name: string): Lane {
    const known = lanes.get(stockUid) ?? lane(stockUid, name, () => parts.onProgress(stockUid))
    lanes.set(stockUid, known)
    return known
  }

  function start(): void {
    if (running || stopping) return
    running = true
    clock.schedule(0, () => void run())
  }

  async function run(): Promise<void> {
    for (;;) {
      const round = await gather()
      if (round.size === 0 || stopping) break
      const trouble = await deliver(round)
      if (isOpen() || [...lanes.values()].some((one) => one.heldBecause)) await spoolStuck()
      if (trouble) await pause(clock, retryMs)
    }
    running = false
    for (const idle of idlers.splice(0)) idle()
    wakeHeld()
  }

  /** The lanes that have something to send now, with what they send. */
  async function gather(): Promise<Map<Lane, readonly Parcel[]>> {
    const round = new Map<Lane, readonly Parcel[]>()
    const due = [...lanes.values()].filter(({ heldUntil }) => heldUntil <= clock.now())
    const suspect = due.find(({ heldBecause }) => heldBecause !== undefined) // alone, so that it holds up nobody else
    let total = 0
    for (const one of suspect ? [suspect] : due) {
      if (total >= MOST_PER_ROUND) break
      if (!one.opened && one.spools.length > 0) await openSpool(one)
      const parcels = windowOf(one, MOST_PER_LANE)
      if (parcels.length > 0) round.set(one, parcels)
      total += parcels.length
    }
    return round
  }

  async function openSpool(one: Lane): Promise<void> {
    const ref = one.spools[0] as SpoolRef
    try {
      const events = await spools.read(ref)
      if (!events)
        onTrouble('a spool was deleted before its events were delivered', { stock: one.name, spool: ref.name })
      if (events) one.opened = { ref, parcels: events.map((event) => parcelOf(event, () => undefined)) }
      else one.spools.shift()
    } catch (error) {
      onTrouble('a spool could not be read', { stock: one.name, spool: ref.name, error })
      one.heldUntil = clock.now() + retryMs
    }
  }

  /** Sends one round; answers whether the broker was unavailable. */
  async function deliver(round: Map<Lane, readonly Parcel[]>): Promise<boolean> {
    const topics = byTopic(round.values())
    const deliveries = await publisher.publish([...topics].map(([topic, parcels]) => batchOf(topic, parcels)))
    let unavailable = false
    for (const [index, [topic, parcels]] of [...topics].entries()) {
      const delivery = deliveries[index] as Delivery
      if (delivery.kind === 'acknowledged') acknowledge(topic, parcels)
      if (delivery.kind === 'refused') hold(round, topic, delivery.reason)
      if (delivery.kind === 'unavailable') unavailable = true
      if (delivery.kind !== 'acknowledged')
        onTrouble('events were not taken', { topic, reason: delivery.reason, events: parcels.length })
    }
    for (const one of round.keys()) await settle(one)
    backOff(unavailable)
    return unavailable
  }

  function acknowledge(topic: string, parcels: readonly Parcel[]): void {
    for (const parcel of parcels) parcel.missing.delete(topic)
    const complete = parcels.filter(({ missing }) => missing.size === 0)
    const tookMs = complete.map(({ event }) => clock.now() - event.timestampMs)
    parts.onDelivered(topic, parcels.length, tookMs)
  }

  /** Holds back the lanes with an event that a topic refused; together they can't tell whose it was, so next time each goes alone. */
  function hold(round: Map<Lane, readonly Parcel[]>, topic: string, reason: string): void {
    for (const [one, parcels] of round) {
      if (!parcels.some(({ missing }) => missing.has(topic))) continue
      one.heldUntil = clock.now() + HOLD_MS
      one.heldBecause = `${topic}: ${reason}`
    }
  }

  async function settle(one: Lane): Promise<void> {
    const delivered = settleFront(one.opened ? one.opened.parcels : one.queue)
    if (delivered > 0) delete one.heldBecause
    if (one.opened?.parcels.length === 0) await dropSpool(one, one.opened.ref)
    if (delivered > 0) one.onIdle()
    if (one.queue.length === 0 && one.spools.length === 0) lanes.delete(one.stockUid) // or lanes of what is gone would add up
  }

  async function dropSpool(one: Lane, ref: SpoolRef): Promise<void> {
    try {
      await spools.remove(ref)
      one.spools.shift()
      delete one.opened
      one.onIdle()
    } catch (error) {
      onTrouble('a delivered spool could not be deleted', { stock: one.name, spool: ref.name, error })
      delete one.opened // delivered again after the next read: the same events with the same ids
      one.heldUntil = clock.now() + LAST_RETRY_MS
    }
  }

  function backOff(unavailable: boolean): void {
    if (!unavailable) {
      failingSince = undefined
      retryMs = FIRST_RETRY_MS
      return
    }
    failingSince ??= clock.now()
    retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
  }

  /** Moves what is queued out of the journals. Whole batches, in order, so that a spool has no gap. */
  async function spoolStuck(): Promise<void> {
    for (const one of lanes.values()) {
      while (one.queue.length > 0 && (isOpen() || one.heldBecause)) {
        if (!(await spoolFront(one))) break
      }
    }
  }

  async function spoolFront(one: Lane): Promise<boolean> {
    const events = one.queue.slice(0, SPOOL_SIZE).map(({ event }) => event)
    try {
      const ref = await spools.create(one.stockUid, events)
      one.spools.push(ref)
      const kept = one.queue.findIndex(({ event }) => event.sequence > ref.lastSequence)
      for (const parcel of one.queue.splice(0, kept === -1 ? one.queue.length : kept)) parcel.done()
      one.onIdle()
      return true
    } catch (error) {
      onTrouble('events could not be spooled; they stay in the journal', { stock: one.name, error })
      return false
    }
  }

  /** Has held lanes tried again when their time has come. */
  function wakeHeld(): void {
    const held = [...lanes.values()].filter(({ queue, spools }) => queue.length + spools.length > 0)
    if (held.length === 0 || stopping) return
    clock.schedule(Math.max(0, Math.min(...held.map(({ heldUntil }) => heldUntil)) - clock.now()), start)
  }

  return {
    send(stockUid, name, parcels) {
      laneOf(stockUid, name).queue.push(...parcels)
      start()
    },
    adopt(stockUid, name, refs) {
      if (refs.length === 0) return
      laneOf(stockUid, name).spools.push(...[...refs].sort((a, b) => a.firstSequence - b.firstSequence))
      start()
    },
    spooled: (stockUid) =>
      (lanes.get(stockUid)?.spools ?? []).reduce((sum, ref) => sum + ref.lastSequence - ref.firstSequence + 1, 0),
    heldBecause: (stockUid) => lanes.get(stockUid)?.heldBecause,
    get undelivered() {
      let total = 0
      for (const { queue } of lanes.values()) total += queue.length
      return total
    },
    get open() {
      return isOpen()
    },
    async stop(withinMs) {
      if (running) await Promise.race([new Promise<void>((resolve) => idlers.push(resolve)), pause(clock, withinMs)])
      stopping = true
    },
  }
}
