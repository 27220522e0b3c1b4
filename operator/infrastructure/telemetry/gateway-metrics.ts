import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type OrderOutcome, type WaitingOperation, waitingOperations } from '../../application/gateway/observed.ts'
import { type ApiMetrics, apiMetrics } from './api-metrics.ts'
import { type ProcessFacts, processRegistry } from './process-registry.ts'

/** What is read at each scrape. */
export interface GatewaySources {
  /** Since when each kind's watch has failed again and again, in seconds; 0 = it runs. */
  staleSeconds(): Readonly<Record<string, number>>
  /** How many wait for an answer of the operator. */
  waiting(): number
  /** What of other programs' logs waits for Kafka. */
  logBytes(): number
  /** Whether callers may be sent here. */
  ready(): boolean
}

/** Every metric of the gateway, in a registry of its own. */
export interface GatewayMetrics {
  readonly api: ApiMetrics
  readonly requests: {
    started(): void
    ended(request: { method: string; route: string; status: number; seconds: number; ownSeconds?: number }): void
    overloaded(by: 'requests' | 'event loop'): void
  }
  decided(outcome: string, seconds: number): void
  /** An order that is paid was answered. */
  ordered(outcome: OrderOutcome): void
  answered(operation: WaitingOperation, seconds: number): void
  unanswered(operation: WaitingOperation): void
  reviewed(result: 'yes' | 'no' | 'error', cached: boolean): void
  limited(kind: 'read' | 'write' | 'address'): void
  /** What came of an order at a stock whose books are in a database. */
  readonly rows: RowObserver
  /** Entries of other programs' logs. */
  readonly logs: { sent(topic: string, entries: number): void }
  readonly streams: {
    opened(): void
    sent(events: number): void
    ended(reason: string): void
  }
  readFrom(sources: GatewaySources): void
  readonly contentType: string
  /** All series as Prometheus scrapes them. */
  text(): Promise<string>
}

const requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60]

export function gatewayMetrics(facts: ProcessFacts): GatewayMetrics {
  const register = processRegistry('gateway', facts)
  const registers = [register]
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Gauge({ name, help, labelNames, registers })
  const histogram = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Histogram({ name, help, labelNames, buckets: requestSeconds, registers })
  const requests = counter('http_requests_total', 'Requests that were answered; 499 = the client hung up before.', [
    ...(['method', 'route', 'status'] as const),
  ])
  const times = histogram('http_request_duration_seconds', 'Time of requests, of streams until they begin.', [
    ...(['method', 'route'] as const),
  ])
  const ownTimes = histogram(
    'kbnt_gateway_own_seconds',
    "Time of calls with a token that counts, without what they waited for their client and for the operator's answer.",
    [...(['method', 'route'] as const)],
  )
  const inFlight = gauge('http_requests_in_flight', 'Requests under way.')
  const decisions = counter('kbnt_gateway_decisions_total', 'Orders by what became of them.', ['outcome'])
  const orders = counter('kbnt_gateway_orders_total', 'Orders that are paid, by what their callers were answered.', [
    'outcome',
  ])
  const waits = histogram('kbnt_gateway_wait_seconds', 'Time from an order to its answer.')
  const reviews = counter('kbnt_gateway_access_reviews_total', 'Questions who somebody is, and what they may.', [
    ...(['result', 'cached'] as const),
  ])
  const limited = counter('kbnt_gateway_rate_limited_total', 'Requests beyond a limit.', ['kind'])
  const overloads = counter('kbnt_gateway_overloaded_total', 'Requests not let in, by what there was too much of.', [
    'by',
  ])
  const stale = gauge('kbnt_gateway_cache_age_seconds', 'Since when a watch fails; 0 = it runs.', ['resource'])
  const waiting = gauge('kbnt_gateway_waiting', 'Requests that wait for an answer of the operator.')
  const ready = gauge('kbnt_gateway_ready', 'Whether it takes calls: everything is listed, and it is not about to end.')
  const streams = gauge('kbnt_gateway_streams', 'Streams of changes that are open.')
  const sent = counter('kbnt_gateway_stream_events_total', 'Events that streams have sent, marks included.', [])
  const streamEnds = counter('kbnt_gateway_streams_ended_total', 'Streams that have ended; HungUp = by their client.', [
    ...(['reason'] as const),
  ])
  let sources: GatewaySources | undefined
  return {
    api: apiMetrics(register),
    requests: {
      started: () => inFlight.inc(),
      ended({ method, route, status, seconds, ownSeconds }) {
        inFlight.dec()
        requests.inc({ method, route, status: String(status) })
        times.observe({ method, route }, seconds)
        if (ownSeconds !== undefined) ownTimes.observe({ method, route }, ownSeconds)
      },
      overloaded: (by) => overloads.inc({ by }),
    },
    decided(outcome, seconds) {
      decisions.inc({ outcome })
      waits.observe(seconds)
    },
    ordered: (outcome) => orders.inc({ outcome }),
    ...waitMetrics(registers),
    rows: rowMetrics(registers),
    logs: logMetrics(registers, () => sources?.logBytes() ?? 0),
    reviewed: (result, cached) => reviews.inc({ result, cached: String(cached) }),
    limited: (kind) => limited.inc({ kind }),
    streams: {
      opened: () => streams.inc(),
      sent: (events) => sent.inc(events),
      ended(reason) {
        streams.dec()
        streamEnds.inc({ reason })
      },
    },
    readFrom(from) {
      sources = from
    },
    contentType: register.contentType,
    text() {
      ready.set(sources?.ready() ? 1 : 0)
      waiting.set(sources?.waiting() ?? 0)
      for (const [resource, seconds] of Object.entries(sources?.staleSeconds() ?? {})) stale.set({ resource }, seconds)
      return register.metrics()
    },
  }
}

function logMetrics(registers: Registry[], waitingBytes: () => number): GatewayMetrics['logs'] {
  const entries = new Counter({
    name: 'kbnt_gateway_log_entries_total',
    help: "Entries of other programs' logs that a topic has acknowledged.",
    ...{ labelNames: ['topic'] as const, registers },
  })
  new Gauge({
    name: 'kbnt_gateway_log_waiting_bytes',
    help: "Entries of other programs' logs that wait for Kafka.",
    registers,
    collect() {
      this.set(waitingBytes())
    },
  })
  return { sent: (topic, count) => entries.inc({ topic }, count) }
}

type RowObserver = (database: string) => {
  ordered(order: string, outcome: string, seconds: number): void
  namespacesFull(count: number): void
}

function rowMetrics(registers: Registry[]): RowObserver {
  const orders = new Counter({
    name: 'kbnt_gateway_row_orders_total',
    help: 'Orders at stocks whose books are in a database, each of a batch too, by what came of them.',
    ...{ labelNames: ['database', 'order', 'outcome'] as const, registers },
  })
  const times = new Histogram({
    name: 'kbnt_gateway_row_order_seconds',
    help: 'Time of such an order until its database had answered.',
    buckets: requestSeconds,
    ...{ labelNames: ['database', 'order'] as const, registers },
  })
  const full = new Gauge({
    name: 'kbnt_gateway_full_namespaces',
    help: 'Namespaces that have all the live reservations in the database that they may; nothing new is held for them.',
    ...{ labelNames: ['database'] as const, registers },
  })
  return (database) => ({
    namespacesFull: (count) => full.set({ database }, count),
    ordered(order, outcome, seconds) {
      orders.inc({ database, order, outcome })
      times.observe({ database, order }, seconds)
    },
  })
}

/** Of what waits for the operator; every series is there from the start, so that the first one in vain is a rise, too. */
function waitMetrics(registers: Registry[]): Pick<GatewayMetrics, 'answered' | 'unanswered'> {
  const labelNames = ['operation'] as const
  const answers = new Histogram({
    name: 'kbnt_gateway_operator_wait_seconds',
    help: "Time that calls waited for the operator's answer and got it; without orders for a stock that isn't there.",
    buckets: requestSeconds,
    ...{ labelNames, registers },
  })
  const unanswered = new Counter({
    name: 'kbnt_gateway_unanswered_total',
    help: "Calls that waited for the operator's answer, at least 1 s, and went without.",
    ...{ labelNames, registers },
  })
  for (const operation of waitingOperations) {
    answers.zero({ operation })
    unanswered.inc({ operation }, 0)
  }
  return {
    answered: (operation, seconds) => answers.observe({ operation }, seconds),
    unanswered: (operation) => unanswered.inc({ operation }),
  }
}
