import type { Logger } from '../application/logger.ts'
import type { ReflectorObserver } from '../infrastructure/kubernetes/reflector.ts'
import type { ApiMetrics } from '../infrastructure/telemetry/api-metrics.ts'

type Told = Required<Pick<ReflectorObserver, 'eventSeen' | 'relisted' | 'resumed' | 'failed'>>

/** Counts and writes down what happens to the watch of a resource. */
export function cacheObserver(plural: string, logger: Logger, metrics: ApiMetrics): Told {
  const log = logger.child({ component: 'cache', resource: plural })
  return {
    eventSeen: () => metrics.watchEvent(plural, Date.now()),
    relisted: () => metrics.relisted(plural),
    resumed: () => metrics.watchRestarted(plural),
    failed: (operation, error) =>
      operation === 'handler'
        ? log.error('a handler failed', { error })
        : log.warn(`the ${operation} failed; goes on by itself`, { error }),
  }
}
