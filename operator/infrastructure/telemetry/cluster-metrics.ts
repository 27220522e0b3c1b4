import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What passes between the operator and the API server. */
export interface ClusterMetrics {
  /** A request that ended; `code` is the HTTP status, absent when no answer came. */
  requested(request: { method: string; host: string; code?: number; seconds: number }): void
  leading(lease: string, leading: boolean): void
  /** How many of the watched namespaces a leader serves, and which it can't list. */
  namespaces(served: number, unlisted: readonly string[]): void
  /** A watch brought something, a bookmark counts; `atMs` since 1970. */
  watchEvent(resource: string, atMs: number): void
  relisted(resource: string): void
  watchRestarted(resource: string): void
}

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

export function clusterMetrics(register: Registry): ClusterMetrics {
  const registers = [register]
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Gauge({ name, help, labelNames, registers })
  const requests = counter('rest_client_requests_total', 'Requests to the API server.', ['code', 'method', 'host'])
  const times = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time of requests to the API server.',
    labelNames: ['verb', 'host'],
    buckets: requestSeconds,
    registers,
  })
  const leader = gauge('leader_election_master_status', 'Whether this process leads.', ['name'])
  const lastEvent = gauge('kbnt_reflector_last_event_timestamp_seconds', 'When a watch last brought something.', [
    'resource',
  ])
  const relists = counter('kbnt_reflector_relists_total', 'Full lists after the first.', ['resource'])
  const restarts = counter('kbnt_reflector_restarts_total', 'Watches started again.', ['resource'])
  const served = gauge(
    'kbnt_served_namespaces',
    'Watched namespaces that this leader serves; all of a cluster count as one.',
    [],
  )
  const unserved = gauge('kbnt_unlisted_namespaces', 'Always 1: a watched namespace that can not be listed.', [
    'namespace',
  ])
  return {
    namespaces(count, unlisted) {
      served.set(count)
      unserved.reset()
      for (const namespace of unlisted) unserved.set({ namespace }, 1)
    },
    requested({ method, host, code, seconds }) {
      requests.inc({ code: code === undefined ? '<error>' : String(code), method, host })
      times.observe({ verb: method, host }, seconds)
    },
    leading: (name, yes) => leader.set({ name }, yes ? 1 : 0),
    watchEvent: (resource, atMs) => lastEvent.set({ resource }, atMs / 1_000),
    relisted: (resource) => relists.inc({ resource }),
    watchRestarted: (resource) => restarts.inc({ resource }),
  }
}
