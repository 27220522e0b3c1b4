import type { Inside } from './infrastructure/http/debug-pages.ts'
import { healthServer } from './infrastructure/http/health-server.ts'
import { metricsServer } from './infrastructure/http/metrics-server.ts'
import type { Settings } from './infrastructure/settings/settings.ts'
import type { Metrics } from './infrastructure/telemetry/metrics.ts'

export interface HealthFacts {
  readonly cachesSynced: () => boolean
  readonly leading: () => boolean
  /** How it is stuck; undefined = it isn't. */
  readonly stuck: () => string | undefined
  /** What is wrong with Kafka; undefined = nothing, as far as is known. */
  readonly trouble: () => string | undefined
  /** Namespaces that can't be listed, and why. */
  readonly unlisted: () => ReadonlyMap<string, string>
}

export interface Ports {
  /** Absent when off. */
  readonly metricsPort?: number
  readonly healthPort?: number
}

/** Metrics and health, each on a port of its own. `listen` throws when one is taken. */
export function serversOf(settings: Settings, gauges: Metrics, facts: HealthFacts & { readonly inside: Inside }) {
  const { port: metricsPort } = settings.metrics
  const { port: healthPort } = settings.health
  const metrics = metricsPort === undefined ? undefined : metricsServer(metricsPort, gauges)
  const health = healthPort === undefined ? undefined : healthServer(healthPort, checksOf(facts), facts.inside)
  return {
    async listen(): Promise<Ports> {
      const [metricsAt, healthAt] = [await metrics?.listen(), await health?.listen()]
      return {
        ...(metricsAt !== undefined && { metricsPort: metricsAt }),
        ...(healthAt !== undefined && { healthPort: healthAt }),
      }
    },
    async close(): Promise<void> {
      await Promise.all([metrics?.close(), health?.close()])
    },
  }
}

/** A standby is ready too: its caches are warm, and whoever rolls out an upgrade waits for that. */
function checksOf({ cachesSynced, leading, trouble, stuck, unlisted }: HealthFacts) {
  return {
    live: [{ name: 'progress', check: stuck }],
    ready: [
      { name: 'caches', check: () => (cachesSynced() || leading() ? undefined : listingText(unlisted())) },
      { name: 'namespaces', optional: true, check: () => unlistedText(unlisted()) },
      {
        name: 'leader',
        optional: true,
        check: () => (leading() ? undefined : 'another leads, or this one takes over'),
      },
      { name: 'kafka', optional: true, check: trouble },
    ],
  }
}

function listingText(unlisted: ReadonlyMap<string, string>): string {
  const failures = unlistedText(unlisted)
  return failures === undefined ? 'not all objects are listed yet' : `nothing is listed yet: ${failures}`
}

function unlistedText(unlisted: ReadonlyMap<string, string>): string | undefined {
  if (unlisted.size === 0) return undefined
  return [...unlisted].map(([name, reason]) => `${name || 'all namespaces'} can't be listed (${reason})`).join('; ')
}
