import type { GatewayWorld } from '../../application/gateway/gateway-world.ts'
import { watchHealth } from '../../application/gateway/watch-health.ts'
import { waitKey } from '../../application/gateway/where.ts'
import type { Logger } from '../../application/logger.ts'
import type { KubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import { type KubernetesObject, keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { type Resource, resourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import { namespaceIndexer } from '../../infrastructure/kubernetes/resources/gateway-objects.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationsResource } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { virtualMachines } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { virtualStocks } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import {
  isListed,
  type Namespaces,
  type WatchedCache,
  watchedCache,
} from '../../infrastructure/kubernetes/watched-cache.ts'
import type { ApiMetrics } from '../../infrastructure/telemetry/api-metrics.ts'

export interface CachesParts {
  readonly client: KubernetesClient
  readonly namespaces: Namespaces
  readonly clock: Parameters<typeof watchHealth>[0]
  readonly logger: Logger
  readonly metrics: ApiMetrics
  /** Told of every object that has come, gone or changed. */
  readonly changed: (key: string) => void
}

/** A watch that has failed for longer tells nothing that is true now. */
const TOO_OLD_MS = 30_000

/** What this gateway has in memory: all kinds that it reads, watched by its own rights. */
export function gatewayCaches(parts: CachesParts) {
  const { client, namespaces, clock, logger, metrics, changed } = parts
  const health = new Map<string, ReturnType<typeof watchHealth>>()

  function follow<T extends KubernetesObject>(resource: Resource, keyOf: (object: T) => string): WatchedCache<T> {
    const own = watchHealth(clock)
    health.set(resource.plural, own)
    const log = logger.child({ component: 'cache', resource: resource.plural })
    const tell = (object: T) => changed(keyOf(object))
    return watchedCache<T>({
      client: resourceClient<T>(client, resource),
      namespaces,
      clock: steadyClock(),
      random: Math.random,
      indexers: namespaceIndexer,
      handlers: { onAdded: tell, onUpdated: (_, object) => tell(object), onDeleted: tell },
      observer: {
        eventSeen() {
          own.seen()
          metrics.watchEvent(resource.plural, Date.now())
        },
        relisted: () => metrics.relisted(resource.plural),
        resumed: () => metrics.watchRestarted(resource.plural),
        failed(operation, error) {
          if (operation !== 'handler') own.failed()
          log.warn(`the ${operation} failed; goes on by itself`, { error })
        },
      },
    })
  }

  const keyed = (kind: Parameters<typeof waitKey>[0]) => (object: KubernetesObject) =>
    waitKey(kind, object.metadata.namespace ?? '', object.metadata.name ?? '')
  const caches = {
    stocks: follow<VirtualStock>(virtualStocks, keyed('stock')),
    reservations: follow<Reservation>(reservationsResource, keyed('reservation')),
    machines: follow<VirtualMachine>(virtualMachines, keyOfObject),
  }
  const all = Object.values(caches)
  const failing = () => [...health].map(([resource, { failingMs }]) => [resource, failingMs()] as const)

  const serves = (namespace: string) => namespaces.includes(undefined) || namespaces.includes(namespace)

  /** Why what is in memory of a namespace can't be told. */
  const blind: GatewayWorld['blind'] = (namespace) => {
    const unlisted = all.find((cache) => !isListed(cache, namespace))
    if (unlisted) return `namespace ${namespace} is not listed yet${reasonIn(unlisted, namespace)}`
    const old = failing().find(([, ms]) => ms > TOO_OLD_MS)
    return old && `the watch of ${old[0]} has failed for ${Math.round(old[1] / 1_000)} s`
  }

  return {
    ...caches,
    ...{ serves, blind },
    staleSeconds: () => Object.fromEntries(failing().map(([resource, ms]) => [resource, ms / 1_000])),
    /** Why nothing can be answered yet; undefined = every namespace was listed, or at least one and the others can't be. */
    notReady(): string | undefined {
      const waiting = all.find(({ ready }) => !ready)
      return waiting && `not all objects are listed yet${reasonIn(waiting, '')}`
    },
    start() {
      for (const cache of all) cache.start()
    },
    async stop() {
      await Promise.all(all.map((cache) => cache.stop()))
    },
  }
}

function reasonIn({ unlisted }: Pick<WatchedCache<unknown>, 'unlisted'>, namespace: string): string {
  const reason = unlisted.get(namespace) ?? unlisted.get('') ?? [...unlisted.values()][0]
  return reason ? ` (${reason})` : ''
}
