import { isApiError, isNotFound } from './api-error.ts'
import {
  buildClusterEvent,
  buildSeries,
  type ClusterEvent,
  type EventSource,
  type ObjectReference,
  type Occurrence,
} from './cluster-event.ts'
import { type DropCause, type EventSender, eventSender } from './event-sender.ts'
import { type LeastRecent, leastRecent } from './least-recent.ts'
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
  const { source, clock, random, onDropped = () => undefined } = options
  const sender = eventSender({ clock, random, onDropped })
  const known = leastRecent<string, Series>(REMEMBERED)
  const spam = spamFilter(clock)
  const teller = seriesTeller({ events: options.events, sender, known, spam })
  let serial = 0
  let cancelFlush: (() => void) | undefined
  let stopped = false

  const flush = (): void => {
    cancelFlush = undefined
    for (const series of known.values()) {
      teller.tellRepeats(series)
      if (clock.now() - series.lastSeenAt >= SERIES_END_MS) known.delete(series.key)
    }
    if (known.size > 0 && !stopped) armFlush()
  }
  const armFlush = (): void => {
    cancelFlush ??= clock.schedule(FLUSH_MS, flush)
  }
  const begin = (key: string, occurrence: Occurrence): void => {
    serial += 1
    const now = clock.now()
    const event = buildClusterEvent(occurrence, source, now, serial)
    const series = { key, event, created: false, count: 1, toldCount: 1, lastSeenAt: now }
    known.set(key, series)
    teller.create(series)
  }
  const repeat = (series: Series): void => {
    series.count += 1
    series.lastSeenAt = clock.now()
    if (series.count === 2) teller.tellRepeats(series)
  }

  return {
    record(occurrence) {
      const key = occurrenceKey(occurrence)
      const series = known.get(key)
      if (stopped) onDropped('stopped')
      else if (series !== undefined) repeat(series)
      else if (spam.mayTell(occurrence.regarding)) begin(key, occurrence)
      else onDropped('spam')
      if (!stopped) armFlush()
    },
    async stop(graceMs = 2_000) {
      stopped = true
      cancelFlush?.()
      flush()
      await sender.stop(graceMs)
    },
  }
}

interface SpamFilter {
  mayTell(regarding: ObjectReference): boolean
}

function spamFilter(clock: Clock): SpamFilter {
  const buckets = leastRecent<string, TokenBucket>(REMEMBERED)
  return {
    mayTell: (regarding) => buckets.getOr(referenceKey(regarding), () => tokenBucket(SPAM_RATE, clock)).take(),
  }
}

interface TellerParts {
  readonly events: EventRecorderOptions['events']
  readonly sender: EventSender
  readonly known: LeastRecent<string, Series>
  readonly spam: SpamFilter
}

/** Writes the Events of series: first the Event itself, and only once that is there, how often it was seen. */
function seriesTeller({ events, sender, known, spam }: TellerParts) {
  const forget = (series: Series): void => {
    if (known.get(series.key) === series) known.delete(series.key)
  }
  const create = (series: Series): void => {
    const send = async (): Promise<void> => {
      await events.create(series.event).catch((error: unknown) => {
        if (!isApiError(error, 409)) throw error // else an earlier try, whose answer was lost, has made it
      })
      series.created = true
      tellRepeats(series)
    }
    sender.enqueue({ send, dropped: () => forget(series) })
  }
  const tellRepeats = (series: Series): void => {
    const { created, count, toldCount, lastSeenAt, event } = series
    if (!created || count === toldCount || !spam.mayTell(event.regarding)) return
    series.toldCount = count
    const { namespace = '', name = '' } = event.metadata
    const send = async (): Promise<void> => {
      await events.mergePatch(namespace, name, { series: buildSeries(count, lastSeenAt) }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
        forget(series) // it ran out; the next occurrence begins anew
      })
    }
    const dropped = (): void => {
      series.toldCount = Math.min(series.toldCount, toldCount)
    }
    sender.enqueue({ send, dropped })
  }
  return { create, tellRepeats }
}

/** Without the note: "3 missing" and "2 missing" are the same thing seen twice. */
function occurrenceKey({ type, action, reason, regarding, related }: Occurrence): string {
  return [type, action, reason, referenceKey(regarding), related === undefined ? '' : referenceKey(related)].join('\n')
}

function referenceKey({ kind, namespace = '', name, uid = '' }: ObjectReference): string {
  return `${kind}/${namespace}/${name}/${uid}`
}
