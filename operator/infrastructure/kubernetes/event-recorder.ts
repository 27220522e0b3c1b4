import { isApiError } from './api-error.ts'
import {
  buildClusterEvent,
  buildSeries,
  type ClusterEvent,
  type EventSource,
  type ObjectReference,
  type Occurrence,
} from './cluster-event.ts'
import { type DropCause, eventSender } from './event-sender.ts'
import { leastRecent } from './least-recent.ts'
import type { ResourceClient } from './resource-client.ts'
import type { Clock, Random } from './timers.ts'
import { type TokenBucket, tokenBucket } from './token-bucket.ts'

export interface EventRecorderOptions {
  readonly events: Pick<ResourceClient<ClusterEvent>, 'create' | 'mergePatch'>
  readonly source: EventSource
  readonly clock: Clock
  readonly random: Random
  /** Told of each event that will never be seen: `spam` = that object has had too many lately. */
  readonly onDropped?: (cause: DropCause | 'spam', error?: unknown) => void
}

export interface EventRecorder {
  /** Fire and forget: never waits, never throws. */
  record(occurrence: Occurrence): void
  /** Sends what is known but not told yet, for at most `graceMs`. */
  stop(graceMs?: number): Promise<void>
}

/** client-go's spam filter: 25 at once for each object, then one in 5 minutes. */
const SPAM_RATE = { burst: 25, refillMs: 300_000 }
const FLUSH_MS = 30_000
/** An occurrence after so long a silence is a new event. */
const SERIES_END_MS = 360_000
const REMEMBERED = 4_096

/** An event that was told, and how often it was seen since. */
interface Series {
  readonly key: string
  readonly event: ClusterEvent
  /** Until then there is nothing that could be patched. */
  created: boolean
  count: number
  toldCount: number
  lastSeenAt: number
}

/**
 * Tells people what happens to objects, as `events.k8s.io/v1`. The same thing again is counted in the series of the same
 * Event: at once the first time, then every 30 s, so that a fault in a loop costs next to nothing.
 */
export function eventRecorder(options: EventRecorderOptions): EventRecorder {
  const { events, source, clock, random, onDropped = () => undefined } = options
  const sender = eventSender({ clock, random, onDropped })
  const known = leastRecent<string, Series>(REMEMBERED)
  const buckets = leastRecent<string, TokenBucket>(REMEMBERED)
  let serial = 0
  let cancelFlush: (() => void) | undefined
  let stopped = false

  const mayTell = (regarding: ObjectReference): boolean => {
    const key = referenceKey(regarding)
    return buckets.getOr(key, () => tokenBucket(SPAM_RATE, clock)).take()
  }
  const create = (series: Series): void => {
    const forget = (): void => {
      if (known.get(series.key) === series) known.delete(series.key)
    }
    sender.enqueue({
      send: async () => {
        await events.create(series.event).catch((error: unknown) => {
          if (!isApiError(error, 409)) throw error // else an earlier try, whose answer was lost, has made it
        })
        series.created = true
        tellRepeats(series)
      },
      dropped: forget,
    })
  }
  const patch = (series: Series): void => {
    const { count, lastSeenAt, event } = series
    const told = series.toldCount
    series.toldCount = count
    const body = { series: buildSeries(count, lastSeenAt) }
    const { namespace = '', name = '' } = event.metadata
    sender.enqueue({
      send: async () => {
        await events.mergePatch(namespace, name, body).catch((error: unknown) => {
          if (!isApiError(error, 404)) throw error
          if (known.get(series.key) === series) known.delete(series.key) // it ran out; the next occurrence begins anew
        })
      },
      dropped: () => {
        series.toldCount = Math.min(series.toldCount, told)
      },
    })
  }
  const tellRepeats = (series: Series): void => {
    const { created, count, toldCount, event } = series
    if (created && count > toldCount && mayTell(event.regarding)) patch(series)
  }
  const flush = (): void => {
    for (const series of known.values()) {
      tellRepeats(series)
      if (clock.now() - series.lastSeenAt >= SERIES_END_MS) known.delete(series.key)
    }
  }
  const armFlush = (): void => {
    if (stopped) return
    cancelFlush ??= clock.schedule(FLUSH_MS, () => {
      cancelFlush = undefined
      flush()
      if (known.size > 0) armFlush()
    })
  }
  const begin = (key: string, occurrence: Occurrence): void => {
    if (!mayTell(occurrence.regarding)) return onDropped('spam')
    serial += 1
    const now = clock.now()
    const event = buildClusterEvent(occurrence, source, now, serial)
    const series = { key, event, created: false, count: 1, toldCount: 1, lastSeenAt: now }
    known.set(key, series)
    create(series)
  }

  return {
    record(occurrence) {
      if (stopped) return onDropped('stopped')
      const key = occurrenceKey(occurrence)
      const series = known.get(key)
      if (series === undefined) {
        begin(key, occurrence)
      } else {
        series.count += 1
        series.lastSeenAt = clock.now()
        if (series.count === 2) tellRepeats(series)
      }
      armFlush()
    },
    async stop(graceMs = 2_000) {
      stopped = true
      cancelFlush?.()
      flush()
      await sender.stop(graceMs)
    },
  }
}

/** Without the note: "3 missing" and "2 missing" are the same thing seen twice. */
function occurrenceKey({ type, action, reason, regarding, related }: Occurrence): string {
  return [type, action, reason, referenceKey(regarding), related === undefined ? '' : referenceKey(related)].join('\n')
}

function referenceKey({ kind, namespace = '', name, uid = '' }: ObjectReference): string {
  return `${kind}/${namespace}/${name}/${uid}`
}
