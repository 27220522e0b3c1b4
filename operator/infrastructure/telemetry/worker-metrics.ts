import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type ProcessFacts, processRegistry } from './process-registry.ts'
import { type TargetMetrics, targetMetrics } from './target-metrics.ts'

/** What a flow is asked for before each scrape. */
export interface FlowSources {
  readonly group: string
  readonly ready: () => boolean
  readonly lags: () => readonly {
    readonly topic: string
    readonly partition: number
    readonly messages: number
    readonly seconds: number
  }[]
  readonly waiting: () => number
  /** How long its topics keep messages. */
  readonly kept: () => readonly { readonly topic: string; readonly ms: number }[]
  /** After how long what lies in its retry topic is due, at the latest. Absent: it has none. */
  readonly delay?: { readonly topic: string; readonly ms: number }
  /** Of flows that tell Alertmanager. */
  readonly openAlerts?: () => number
}

/** Every metric of the worker, in a registry of its own. */
export interface WorkerMetrics {
  /** What a consumer group tells. */
  consumer(group: string): {
    handled(message: { readonly topic: string; readonly partition: number }, seconds: number): void
    retried(cause: string): void
    dead(reason: string): void
    passed(cause: string): void
    waited(cause: string): void
    rebalanced(): void
  }
  alertsPosted(alertmanager: string, result: string): void
  historyStored(rows: number): void
  historyFound(kind: string): void
  logsPut(result: 'kept' | 'refused' | 'away'): void
  /** Up to how many a second the flow knows for long enough. */
  remembers(group: string, requestsPerSecond: number): void
  /** A message that came again after its request was gone. */
  knownMessage(group: string): void
  readonly target: TargetMetrics
  /** Of one flow; each adds its own. */
  readFrom(sources: FlowSources): void
  readonly contentType: string
  /** All series as Prometheus scrapes them. */
  text(): Promise<string>
}

const handlingSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300]

export function workerMetrics(facts: ProcessFacts): WorkerMetrics {
  const register = processRegistry('worker', facts)
  const told = toldMetrics(register)
  const read = readMetrics(register)
  const flows: FlowSources[] = []
  return {
    ...told,
    target: targetMetrics(register),
    readFrom(given) {
      flows.push(given)
    },
    contentType: register.contentType,
    text() {
      read(flows)
      return register.metrics()
    },
  }
}

function toldMetrics(register: Registry): Omit<WorkerMetrics, 'readFrom' | 'contentType' | 'text' | 'target'> {
  const registers = [register]
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name, help, labelNames, registers })
  const consumed = counter('kafka_messages_consumed_total', 'Messages that a flow was given, repetitions included.', [
    ...(['topic', 'partition', 'consumer_group'] as const),
  ])
  const times = new Histogram({
    name: 'message_processing_duration_seconds',
    help: 'Time that a flow took for a message, whatever came of it.',
    buckets: handlingSeconds,
    ...{ labelNames: ['topic', 'consumer_group'] as const, registers },
  })
  const retried = counter('kbnt_messages_retried_total', 'Messages that went to the retry topic.', [
    ...(['consumer_group', 'cause'] as const),
  ])
  const dead = counter('kbnt_messages_dead_total', 'Messages that went to the dead-letter topic.', [
    ...(['consumer_group', 'reason'] as const),
  ])
  const passed = counter(
    'kbnt_messages_passed_total',
    'Messages in the retry topic that were left out as repetitions.',
    [...(['consumer_group', 'cause'] as const)],
  )
  const waits = counter('kbnt_consumer_waits_total', 'Tries of messages that had to wait where they are.', [
    ...(['consumer_group', 'cause'] as const),
  ])
  const rebalances = counter('kbnt_consumer_rebalances_total', 'Times that partitions were given out anew.', [
    'consumer_group',
  ])
  const posts = counter('kbnt_alertmanager_posts_total', 'Posts to an Alertmanager: taken, refused, or it was away.', [
    ...(['alertmanager', 'result'] as const),
  ])
  const rows = counter('kbnt_history_rows_total', 'Decisions of stocks that are kept now, each counted once.', [])
  const findings = counter('kbnt_history_findings_total', 'Gaps and differences in histories of stocks.', ['kind'])
  const lines = counter(
    'kbnt_log_index_lines_total',
    'Lines of logs put to the index, tries included: kept, refused, or it was away.',
    ['result'],
  )
  const remembered = new Gauge({
    name: 'kbnt_deduplication_requests_per_second',
    help: 'Rate of messages up to which one that comes again does nothing.',
    ...{ labelNames: ['consumer_group'], registers },
  })
  const known = counter(
    'kbnt_messages_known_total',
    'Messages that were done before, by what the database remembers.',
    ['consumer_group'],
  )
  return {
    consumer: (group) => ({
      handled({ topic, partition }, seconds) {
        consumed.inc({ topic, partition: String(partition), consumer_group: group })
        times.observe({ topic, consumer_group: group }, seconds)
      },
      retried: (cause) => retried.inc({ consumer_group: group, cause }),
      dead: (reason) => dead.inc({ consumer_group: group, reason }),
      passed: (cause) => passed.inc({ consumer_group: group, cause }),
      waited: (cause) => waits.inc({ consumer_group: group, cause }),
      rebalanced: () => rebalances.inc({ consumer_group: group }),
    }),
    alertsPosted: (alertmanager, result) => posts.inc({ alertmanager, result }),
    historyStored: (more) => rows.inc(more),
    remembers: (group, requestsPerSecond) => remembered.set({ consumer_group: group }, requestsPerSecond),
    knownMessage: (group) => known.inc({ consumer_group: group }),
    historyFound: (kind) => findings.inc({ kind }),
    logsPut: (result) => lines.inc({ result }),
  }
}

function readMetrics(register: Registry): (flows: readonly FlowSources[]) => void {
  const registers = [register]
  const gauge = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Gauge({ name, help, labelNames, registers })
  const ofPartition = ['topic', 'partition', 'consumer_group']
  const lag = gauge('kafka_consumer_lag', 'Messages of its partitions that the group has not committed.', ofPartition)
  const lagSeconds = gauge(
    'kbnt_consumer_lag_seconds',
    'Age of the first message that is not handled, as far as it was fetched, else of the last that is; 0 while all are handled.',
    ofPartition,
  )
  const kept = gauge('kbnt_consumer_retention_seconds', 'How long a topic that the group reads keeps its messages.', [
    ...['topic', 'consumer_group'],
  ])
  const delays = gauge(
    'kbnt_consumer_longest_delay_seconds',
    'After how long at the latest what lies in the retry topic of the group is due; of no other topic.',
    ['topic', 'consumer_group'],
  )
  const waiting = gauge('kbnt_consumer_waiting_partitions', 'Partitions whose first message can not go on.', [
    'consumer_group',
  ])
  const ready = gauge('kbnt_flow_ready', '1 while a flow has its place in the group and does its work, else 0.', [
    'consumer_group',
  ])
  const open = gauge(
    'kbnt_alerts_open',
    'Alerts that this worker has open: levels of the stocks of its partitions, and services that say that something has failed.',
    [],
  )
  return (flows) => {
    lag.reset() // partitions that others have now are not ours to tell of
    lagSeconds.reset()
    kept.reset()
    const opens = flows.flatMap(({ openAlerts }) => (openAlerts ? [openAlerts()] : []))
    if (opens.length > 0) open.set(opens.reduce((sum, more) => sum + more, 0))
    for (const { group, ready: isReady, lags, waiting: waits, kept: topics, delay } of flows) {
      if (delay) delays.set({ topic: delay.topic, consumer_group: group }, delay.ms / 1_000)
      for (const { topic, ms } of topics()) kept.set({ topic, consumer_group: group }, ms / 1_000)
      for (const { topic, partition, messages, seconds } of lags()) {
        const labels = { topic, partition: String(partition), consumer_group: group }
        lag.set(labels, messages)
        lagSeconds.set(labels, seconds)
      }
      waiting.set({ consumer_group: group }, waits())
      ready.set({ consumer_group: group }, isReady() ? 1 : 0)
    }
  }
}
