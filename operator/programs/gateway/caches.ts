import type { Right } from '../../application/gateway/caller.ts'
import { type Change, type ChangeFeed, changeFeed } from '../../application/gateway/change-feed.ts'
import type { GatewayWorld } from '../../application/gateway/gateway-world.ts'
import { type WatchHealth, watchHealth } from '../../application/gateway/watch-health.ts'
import { positionKey, waitKey } from '../../application/gateway/where.ts'
import type { Logger } from '../../application/logger.ts'
import type { KubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import { type KubernetesObject, keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { type Resource, resourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import { namespaceIndexer } from '../../infrastructure/kubernetes/resources/gateway-objects.ts'
import type { Order } from '../../infrastructure/kubernetes/resources/generated/order.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import type { VirtualizationRequest } from '../../infrastructure/kubernetes/resources/generated/virtualization-request.ts'
import { ordersResource } from '../../infrastructure/kubernetes/resources/orders.ts'
import { reservationsResource } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { seenMachine } from '../../infrastructure/kubernetes/resources/shown-machine.ts'
import { keptOrder, seenOrder } from '../../infrastructure/kubernetes/resources/shown-order.ts'
import { keptRequest, seenRequest } from '../../infrastructure/kubernetes/resources/shown-request.ts'
import { keptReservation, seenReservation } from '../../infrastructure/kubernetes/resources/shown-reservation.ts'
import { keptStock, seenStock } from '../../infrastructure/kubernetes/resources/shown-stock.ts'
import { virtualMachines } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { virtualStocks } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { virtualizationRequests } from '../../infrastructure/kubernetes/resources/virtualization-requests.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import {
  isAmong,
  isListed,
  type Namespaces,
  type WatchedCache,
  watchedCache,
} from '../../infrastructure/kubernetes/watched-cache.ts'
import type { ApiMetrics } from '../../infrastructure/telemetry/api-metrics.ts'
import { cacheObserver } from '../cache-observer.ts'

export interface CachesParts {
  readonly client: KubernetesClient
  readonly namespaces: Namespaces
  readonly clock: Parameters<typeof watchHealth>[0]
  readonly logger: Logger
  readonly metrics: ApiMetrics
  /** How long the API server has answered nothing at all. */
  readonly silentMs: () => number
  /** Told of every object that has come, gone or changed. */
  readonly changed: (key: string) => void
  /** How many orders are kept; absent = none are served. */
  readonly mostOrders?: number
}

interface Following<T> {
  readonly keyOf: (object: T) => string
  readonly shown: (object: T) => object
  /** What of an object `shown` reads; absent = all. */
  readonly kept?: (object: T) => T
  /** How many are kept; absent = all. */
  readonly most?: number
}

/** A watch that has failed for longer tells nothing that is true now. */
const TOO_OLD_MS = 30_000

/** What this gateway has in memory: all kinds that it reads, watched by its own rights. */
export function gatewayCaches(parts: CachesParts) {
  const { client, namespaces, clock, logger, metrics, silentMs, changed, mostOrders } = parts
  const watches: Watch[] = []
  const sources: Record<string, Source> = {}

  function follow<T extends KubernetesObject>(resource: Resource, { keyOf, shown, kept, most }: Following<T>) {
    const feeds = new Map(namespaces.map((namespace) => [namespace, changeFeed()]))
    const feedOf = (namespace: string | undefined) => feeds.get(undefined) ?? feeds.get(namespace) ?? changeFeed()
    const tell = (type: Change['type'], object: T) => {
      changed(keyOf(object))
      const { namespace = '' } = object.metadata
      feedOf(namespace).add({ type, namespace, show: () => shown(object) })
    }
    const cache = watchedCache<T>({
      client: resourceClient<T>(client, resource),
      namespaces,
      clock: steadyClock(),
      random: Math.random,
      indexers: namespaceIndexer,
      ...(kept && { kept }),
      ...(most !== undefined && { most }),
      handlers: {
        onAdded: (object) => tell('added', object),
        onUpdated: (_, object) => tell('changed', object),
        onDeleted: (object) => tell('deleted', object),
      },
      observer(namespace) {
        const health = watchHealth(clock)
        watches.push({ resource: resource.plural, namespace, health })
        const told = cacheObserver(resource.plural, namespace ? logger.child({ namespace }) : logger, metrics)
        return {
          ...told,
          eventSeen(atMs) {
            health.runs()
            told.eventSeen(atMs)
          },
          opened: health.runs,
          reached() {
            feedOf(namespace).reached(cache.position(namespace ?? ''))
            changed(positionKey(resource.plural))
          },
          failed(operation, error) {
            if (operation !== 'handler') health.failed()
            told.failed(operation, error)
          },
        }
      },
    })
    const objectsOf = (namespace: string) => cache.byIndex('namespace', namespace).map((object) => () => shown(object))
    sources[resource.plural] = { feedOf, objectsOf }
    return cache
  }

  const keyed = (kind: Parameters<typeof waitKey>[0]) => (object: KubernetesObject) =>
    waitKey(kind, object.metadata.namespace ?? '', object.metadata.name ?? '')
  const caches = {
    stocks: follow<VirtualStock>(virtualStocks, {
      ...{ keyOf: keyed('stock'), shown: (one) => seenStock(one).shown, kept: keptStock },
    }),
    reservations: follow<Reservation>(reservationsResource, {
      ...{ keyOf: keyed('reservation'), shown: (one) => seenReservation(one).shown, kept: keptReservation },
    }),
    machines: follow<VirtualMachine>(virtualMachines, {
      ...{ keyOf: keyOfObject, shown: (one) => seenMachine(one).shown },
    }),
    requests: follow<VirtualizationRequest>(virtualizationRequests, {
      ...{ keyOf: keyed('request'), shown: (one) => seenRequest(one).shown, kept: keptRequest },
    }),
  }
  const orders =
    mostOrders === undefined
      ? undefined
      : follow<Order>(ordersResource, {
          ...{ keyOf: keyed('order'), shown: (one) => seenOrder(one).shown, kept: keptOrder, most: mostOrders },
        })
  const all = [...Object.values(caches), ...(orders ? [orders] : [])]
  const sourceOf = (resource: Right['resource']) => sources[resource] as Source

  const serves = (namespace: string) => isAmong(namespaces, namespace)

  /** Why what is in memory of a namespace can't be told. */
  const blind: GatewayWorld['blind'] = (namespace) => {
    const unlisted = all.find((cache) => !isListed(cache, namespace))
    if (unlisted) return `namespace ${namespace} is not listed yet${reasonIn(unlisted, namespace)}`
    if (silentMs() > TOO_OLD_MS) return `the API server has not answered for ${seconds(silentMs())} s`
    const old = watches.find((watch) => isOf(watch, namespace) && watch.health.failingMs() > TOO_OLD_MS)
    return old && `the watch of ${old.resource} has failed for ${seconds(old.health.failingMs())} s`
  }

  return {
    ...caches,
    ...(orders && { orders }),
    ...{ serves, blind },
    feedOf: (resource: Right['resource'], namespace: string) => sourceOf(resource).feedOf(namespace),
    objectsOf: (resource: Right['resource'], namespace: string) => sourceOf(resource).objectsOf(namespace),
    /** By resource, of the namespace that is worst off. */
    staleSeconds() {
      const worst: Record<string, number> = {}
      for (const { resource, health } of watches)
        worst[resource] = Math.max(worst[resource] ?? 0, health.failingMs() / 1_000)
      return worst
    },
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

interface Source {
  feedOf(namespace: string): ChangeFeed
  objectsOf(namespace: string): readonly (() => object)[]
}

interface Watch {
  readonly resource: string
  /** Absent: all of them. */
  readonly namespace: string | undefined
  readonly health: WatchHealth
}

function isOf({ namespace }: Watch, wanted: string): boolean {
  return namespace === undefined || namespace === wanted
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000)
}

function reasonIn({ unlisted }: Pick<WatchedCache<unknown>, 'unlisted'>, namespace: string): string {
  const reason = unlisted.get(namespace) ?? unlisted.get('') ?? [...unlisted.values()][0]
  return reason ? ` (${reason})` : ''
}
