import { healthServer } from '../../infrastructure/http/health-server.ts'
import { metricsServer } from '../../infrastructure/http/metrics-server.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { GatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'
import { listening } from '../listening.ts'

export interface GatewayFacts {
  readonly ending: () => boolean
  /** What has to be known before anything is answered; undefined = all of it is. */
  readonly notReady: () => string | undefined
  readonly nobodyLeads: () => string | undefined
}

/** Metrics and health, each on a port of its own. */
export function gatewayServers(settings: Settings, metrics: GatewayMetrics, facts: GatewayFacts) {
  const { port: metricsPort } = settings.metrics
  const { port: healthPort } = settings.health
  const ready = [
    { name: 'serving', check: () => (facts.ending() ? 'this gateway is about to end' : undefined) },
    { name: 'caches', check: facts.notReady },
    { name: 'leader', optional: true, check: facts.nobodyLeads },
  ]
  const besides = [
    ...(metricsPort === undefined ? [] : [['metrics', metricsPort, metricsServer(metricsPort, metrics)] as const]),
    ...(healthPort === undefined
      ? []
      : [['health', healthPort, healthServer(healthPort, { live: [], ready })] as const]),
  ]
  return {
    /** The ports of all, that of the API last: who finds it finds the others. Throws when one is taken. */
    async listen(api: { listen(port: number): Promise<number> }): Promise<Readonly<Record<string, number>>> {
      const ports: Record<string, number> = {}
      for (const [whose, port, server] of besides) {
        ports[`${whose}Port`] = await listening(server, { setting: `${whose}.port`, flag: `${whose}-port`, port })
      }
      const { port } = settings.gateway
      const server = { listen: () => api.listen(port) }
      return { ...ports, port: await listening(server, { setting: 'gateway.port', flag: 'port', port }) }
    },
    async close(): Promise<void> {
      await Promise.all(besides.map(([, , server]) => server.close()))
    },
  }
}
