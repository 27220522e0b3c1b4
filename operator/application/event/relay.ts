import { type Clock, longAgo, pause } from '../clock.ts'
import { delivering } from './delivering.ts'
import { draining } from './draining.ts'
import type { EventSpools, SpoolRef } from './event-spools.ts'
import { heldBecause, type Lane, type Parcel, takeDelivered } from './lane.ts'
import { type LaneView, viewOf } from './lane-view.ts'
import { lanes as newLanes } from './lanes.ts'
import { lateSpools } from './late-spools.ts'
import type { EventPublisher } from './publisher.ts'
import { rounds as newRounds } from './rounds.ts'
import { spooling } from './spooling.ts'
import { topicGates } from './topic-gates.ts'
import { trials as newTrials } from './trials.ts'

export interface RelayParts {
  /** Events that have waited this long for a topic are spooled, whatever the reason. */
  readonly spoolAfterMs: number
  /** Bytes that may be spooled in all; events beyond stay in their journals. */
  readonly maxSpooledBytes: number
  readonly publisher: EventPublisher
  readonly spools: EventSpools
  readonly clock: Clock
  /** `tookMs`: of those that every topic has now, the time since their entries. */
  readonly onDelivered: (topic: string, messages: number, tookMs: readonly number[]) => void
  /** Something about a lane has changed: it has delivered, been spooled or been held back. */
  readonly onProgress: (stockUid: string) => void
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
  /** Somebody has deleted a spool with so many events that nobody else has. */
  readonly onLost: (events: number) => void
  /** Something has failed and is tried again. */
  readonly onRetry: (operation: string, cause: string) => void
}

export interface Relay {
  /** Queues events of a stock, which come in the order of their sequence. */
  send(stockUid: string, name: string, parcels: readonly Parcel[]): void
  /** Spools found at the start, or with a namespace that comes later: those that are new go out before anything newer. */
  adopt(stockUid: string, name: string, refs: readonly SpoolRef[]): void
  /** Spooled events of a stock; 0 when none are. */
  spooled(stockUid: string): number
  /** Why some of a stock's events are held back; undefined when none are. */
  heldBecause(stockUid: string): string | undefined
  /** Every stock with undelivered events; as many as there are, so whoever shows them stops somewhere. */
  lanes(): Iterable<LaneView>
  /** Events that are queued; spooled ones don't count. */
  readonly undelivered: number
  readonly spooledEvents: number
  readonly spooledBytes: number
  /** Whether no topic has taken anything for as long as events wait before they are spooled. */
  readonly open: boolean
  /** Resolves when nothing is left to send now, or after `withinMs`. Then sends nothing more. */
  stop(withinMs: number): Promise<void>
}

/**
 * Delivers events, per stock and topic in order. Four hands work side by side, and none waits for another: rounds carry
 * all that can go, trials try what a topic refused, spooling moves what waits too long out of the journals, and
 * draining brings that back.
 */
export function relay(parts: RelayParts): Relay {
  const { clock, spoolAfterMs } = parts
  const lanes = newLanes()
  const gates = topicGates({ ...parts, lanes })
  const deliver = delivering(parts)
  const idlers: (() => void)[] = []

  const drain = draining({ ...parts, lanes, gates, onReady: changed })
  const rounds = newRounds({ clock, lanes, gates, deliver, onRound, onRest })
  const trials = newTrials({ clock, gates, draining: drain, deliver, onTried: (lane) => onRound([lane]) })
  const spool = spooling({ ...parts, lanes, onStored })
  const late = lateSpools({ ...parts, lanes, adopt })
  const hands = [drain, rounds, trials, spool, late]

  /** Events of these lanes have been sent: what has arrived leaves, and what was behind it may go. */
  function onRound(riders: Iterable<Lane>): void {
    for (const lane of riders) {
      const delivered = takeDelivered(lane)
      drain.tidy(lane)
      lanes.changed(lane)
      if (delivered > 0) parts.onProgress(lane.stockUid)
    }
    goOn()
  }

  /** Some of it may have been delivered while it was being stored, and what is first in the queue now before that. */
  function onStored(lane: Lane): void {
    takeDelivered(lane)
    drain.tidy(lane)
    changed(lane)
  }

  function changed(lane: Lane): void {
    parts.onProgress(lane.stockUid)
    goOn()
  }

  function goOn(): void {
    drain.pump()
    rounds.start()
    trials.wake()
    onRest()
  }

  function onRest(): void {
    trials.wake()
    if (isBusy()) return
    for (const idle of idlers.splice(0)) idle()
  }

  const isBusy = () => rounds.running || !drain.idle

  function adopt(stockUid: string, name: string, refs: readonly SpoolRef[]): void {
    const known = new Set(lanes.find(stockUid)?.spools.map(({ ref }) => ref.name))
    const found = refs.filter(({ name: spool }) => !known.has(spool))
    if (found.length === 0) return
    const ordered = found.sort((a, b) => a.firstSequence - b.firstSequence)
    lanes.addSpools(
      lanes.of(stockUid, name),
      ordered.map((ref) => ({ ref, missing: undefined, dueAt: longAgo, leaving: false })),
    )
    drain.pump()
  }

  return {
    send(stockUid, name, parcels) {
      if (parcels.length === 0) return
      const { queue } = lanes.of(stockUid, name)
      const since = clock.tick()
      for (const parcel of parcels) queue.push({ ...parcel, since })
      rounds.start()
      spool.wake()
    },
    adopt,
    spooled: (stockUid) => (lanes.find(stockUid)?.spools ?? []).reduce((sum, { ref }) => sum + ref.count, 0),
    heldBecause(stockUid) {
      const lane = lanes.find(stockUid)
      return lane && heldBecause(lane)
    },
    *lanes() {
      for (const lane of lanes.all()) yield viewOf(lane, clock)
    },
    get undelivered() {
      return lanes.queued
    },
    get spooledEvents() {
      return lanes.spooledEvents
    },
    get spooledBytes() {
      return lanes.spooledBytes
    },
    get open() {
      return rounds.failingMs > 0 && rounds.failingMs >= spoolAfterMs
    },
    async stop(withinMs) {
      if (isBusy()) await Promise.race([new Promise<void>((resolve) => idlers.push(resolve)), pause(clock, withinMs)])
      for (const hand of hands) hand.stop()
    },
  }
}
