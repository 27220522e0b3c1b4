import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the event relay is asked for before each scrape. */
export interface EventSources {
  /** Events that some topic has not acknowledged yet, spooled ones included. */
  undelivered(): number
  /** Events that lie in spools, and how many bytes they take. */
  spooled(): number
  spooledBytes(): number
  /** How many bytes may be spooled. */
  spoolLimitBytes(): number
}

export interface EventMetrics {
  readFrom(sources: EventSources): void
  /** Messages that a topic has acknowledged. */
  sent(topic: string, messages: number): void
  failed(topic: string, kind: 'unfinished' | 'unavailable' | 'refused'): void
  reachable(reachable: boolean): void
  /** Commit of an entry to the last acknowledgement of its event. */
  deliveredAfter(seconds: number): void
  /** So many events are gone before they were delivered. */
  lost(events: number): void
  /** Something has failed and is tried again. */
  retried(operation: string, cause: string): void
  /** Brings the gauges up to date; called before each scrape. */
  refresh(): void
}

const deliverySeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1_800]

/** Events on their way to the topics; an observer of the publisher too. */
export function eventMetrics(register: Registry): EventMetrics {
  const registers = [register]
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name, help, labelNames, registers })
  const sent = counter('kbnt_amq_messages_sent_total', 'Messages that the topic has acknowledged.', ['topic'])
  const failures = counter('kbnt_amq_batches_failed_total', 'Batches not acknowledged.', ['topic', 'kind'])
  const reachable = gauge('kbnt_amq_reachable', 'Whether the brokers answered when last asked.')
  const undelivered = gauge('kbnt_events_undelivered', 'Events that some topic has not acknowledged yet.')
  const spooled = gauge('kbnt_events_spooled', 'Events stored outside of the journals until their topics take them.')
  const spooledBytes = gauge('kbnt_events_spooled_bytes', 'What the stored events take.')
  const limit = gauge('kbnt_events_spool_limit_bytes', 'What stored events may take; more stay in the journals.')
  const lost = counter(
    'kbnt_events_lost_total',
    'Events in spools that somebody deleted before they were delivered.',
    [],
  )
  const retries = counter('kbnt_retries_total', 'What failed and is tried again.', ['operation', 'cause'])
  const delivery = new Histogram({
    name: 'kbnt_event_delivery_seconds',
    help: 'Commit of an entry to the last acknowledgement of its event.',
    buckets: deliverySeconds,
    registers,
  })
  let sources: EventSources | undefined
  return {
    readFrom(given) {
      sources = given
    },
    sent: (topic, messages) => sent.inc({ topic }, messages),
    failed: (topic, kind) => failures.inc({ topic, kind }),
    reachable: (yes) => reachable.set(yes ? 1 : 0),
    lost: (events) => lost.inc(events),
    retried: (operation, cause) => retries.inc({ operation, cause }),
    deliveredAfter: (seconds) => delivery.observe(seconds),
    refresh() {
      undelivered.set(sources?.undelivered() ?? 0)
      spooled.set(sources?.spooled() ?? 0)
      spooledBytes.set(sources?.spooledBytes() ?? 0)
      limit.set(sources?.spoolLimitBytes() ?? 0)
    },
  }
}
