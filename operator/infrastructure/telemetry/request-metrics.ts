import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What requests are asked for before each scrape. */
export interface RequestSources {
  /** Those that something has been against for `ms`, by the type of their message and the reason of their status. */
  hinderedFor(ms: number): Iterable<{ readonly type: string; readonly reason: string }>
}

export interface RequestMetrics {
  readFrom(sources: RequestSources): void
  /** Brings the gauges up to date; called before each scrape. */
  refresh(): void
  /** A request of this type has come to its end, `seconds` after its object was made. */
  ended(type: string, status: 'completed' | 'failed', seconds: number): void
}

const HOUR_MS = 3_600_000
const waySeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400]

/** Requests in numbers. */
export function requestMetrics(register: Registry): RequestMetrics {
  const registers = [register]
  const ended = new Counter({
    name: 'kbnt_virtualization_requests_total',
    help: 'Requests that were completed, or have failed; type is that of their message, OTHER where nothing is done for it.',
    labelNames: ['type', 'status'],
    registers,
  })
  const took = new Histogram({
    name: 'kbnt_request_processing_duration_seconds',
    help: 'Creation of a request until it was completed or had failed.',
    buckets: waySeconds,
    registers,
  })
  const hindered = new Gauge({
    name: 'kbnt_virtualization_requests_hindered',
    help: 'Requests that something has been against for an hour, by type of message and reason; they are given up after requests.giveUpAfter.',
    labelNames: ['type', 'reason'],
    registers,
  })
  let sources: RequestSources | undefined
  return {
    readFrom(given) {
      sources = given
    },
    refresh() {
      hindered.reset()
      for (const labels of sources?.hinderedFor(HOUR_MS) ?? []) hindered.inc(labels)
    },
    ended(type, status, seconds) {
      ended.inc({ type, status })
      took.observe(seconds)
    },
  }
}
