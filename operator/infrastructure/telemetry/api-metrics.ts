import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What passes between a program and the API server. */
export interface ApiMetrics {
  /** A request that ended; `code` is the HTTP status, absent when no answer came. */
  requested(request: { method: string; host: string; code?: number; seconds: number }): void
  /** A watch brought something, a bookmark counts; `atMs` since 1970. */
  watchEvent(resource: string, atMs: number): void
  relisted(resource: string): void
  watchRestarted(resource: string): void
}

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

export function apiMetrics(register: Registry): ApiMetrics {
  const registers = [register]
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name, help, labelNames, registers })
  const requests = counter('rest_client_requests_total', 'Requests to the API server.', ['code', 'method', 'host'])
  const times = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time of requests to the API server.',
    labelNames: ['verb', 'host'],
    buckets: requestSeconds,
    registers,
  })
  const lastEvent = new Gauge({
    name: 'kbnt_reflector_last_event_timestamp_seconds',
    help: 'When a watch last brought something.',
    labelNames: ['resource'],
    registers,
  })
  const relists = counter('kbnt_reflector_relists_total', 'Full lists after the first.', ['resource'])
  const restarts = counter('kbnt_reflector_restarts_total', 'Watches started again.', ['resource'])
  return {
    requested({ method, host, code, seconds }) {
      requests.inc({ code: code === undefined ? '<error>' : String(code), method, host })
      times.observe({ verb: method, host }, seconds)
    },
    watchEvent: (resource, atMs) => lastEvent.set({ resource }, atMs / 1_000),
    relisted: (resource) => relists.inc({ resource }),
    watchRestarted: (resource) => restarts.inc({ resource }),
  }
}
