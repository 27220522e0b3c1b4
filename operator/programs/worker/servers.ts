import { type HealthCheck, healthServer } from '../../infrastructure/http/health-server.ts'
import { metricsServer } from '../../infrastructure/http/metrics-server.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { WorkerMetrics } from '../../infrastructure/telemetry/worker-metrics.ts'
import { listening } from '../listening.ts'
import type { RunningFlow } from './running-flow.ts'

interface WorkerFacts {
  readonly flows: readonly RunningFlow[]
  readonly ending: () => boolean
}

/** Metrics and health, each on a port of its own. */
export function workerServers(settings: Settings, metrics: WorkerMetrics, { flows, ending }: WorkerFacts) {
  const { port: metricsPort } = settings.metrics
  const { port: healthPort } = settings.health
  const live = flows.map(({ name, stuck }): HealthCheck => ({ name: `flow ${name}`, check: stuck }))
  const ready = [
    { name: 'working', check: () => (ending() ? 'this worker is about to end' : undefined) },
    ...flows.map(({ name, notReady }): HealthCheck => ({ name: `flow ${name}`, check: notReady })),
  ]
  const servers = [
    ...(metricsPort === undefined ? [] : [['metrics', metricsPort, metricsServer(metricsPort, metrics)] as const]),
    ...(healthPort === undefined ? [] : [['health', healthPort, healthServer(healthPort, { live, ready })] as const]),
  ]
  return {
    /** Throws when one is taken. */
    async listen(): Promise<Readonly<Record<string, number>>> {
      const ports: Record<string, number> = {}
      for (const [whose, port, server] of servers) {
        ports[`${whose}Port`] = await listening(server, { setting: `${whose}.port`, flag: `${whose}-port`, port })
      }
      return ports
    },
    async close(): Promise<void> {
      await Promise.all(servers.map(([, , server]) => server.close()))
    },
  }
}
