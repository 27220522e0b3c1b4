import { type KubernetesObject, withoutManagedFields } from './infrastructure/kubernetes/kubernetes-object.ts'
import { listBeside, MOST_READS } from './infrastructure/kubernetes/list-beside.ts'
import type { CacheHandlers, Indexers } from './infrastructure/kubernetes/object-store.ts'
import { type Reflector, type ReflectorObserver, reflector } from './infrastructure/kubernetes/reflector.ts'
import type { ObjectList, ResourceClient } from './infrastructure/kubernetes/resource-client.ts'
import type { Clock, Random } from './infrastructure/kubernetes/timers.ts'

/** The namespaces that are watched; undefined stands for all of them. */
export type Namespaces = readonly (string | undefined)[]

export interface WatchedCacheParts<T extends KubernetesObject> {
  readonly client: ResourceClient<T>
  readonly namespaces: Namespaces
  readonly clock: Clock
  readonly random: Random
  readonly observer: ReflectorObserver
  readonly handlers?: CacheHandlers<T>
  readonly indexers?: Indexers<T>
}

/** All objects of one resource in the watched namespaces. */
export interface WatchedCache<T> {
  get(key: string): T | undefined
  list(): T[]
  /** The objects that the indexer `index` gave this value for. */
  byIndex(index: string, value: string): T[]
  /** With lists of its own, or from exactly these, one for each namespace in order. */
  start(from?: readonly ObjectList<T>[]): void
  stop(): Promise<void>
  /** True once everything was seen; false when it was stopped before. */
  readonly synced: Promise<boolean>
}

export function watchedCache<T extends KubernetesObject>(parts: WatchedCacheParts<T>): WatchedCache<T> {
  const reflectors = parts.namespaces.map((namespace) => ({ namespace, reflector: reflectorOf(parts, namespace) }))
  const synced = Promise.all(reflectors.map(({ reflector: one }) => one.synced)).then((all) => all.every(Boolean))
  return {
    get(key) {
      const namespace = key.slice(0, key.indexOf('/'))
      return reflectors.find((one) => one.namespace === undefined || one.namespace === namespace)?.reflector.get(key)
    },
    list: () => reflectors.flatMap(({ reflector: one }) => one.list()),
    byIndex: (index, value) => reflectors.flatMap(({ reflector: one }) => one.byIndex(index, value)),
    start(from) {
      for (const [index, { reflector: one }] of reflectors.entries()) one.start(from?.[index])
    },
    async stop() {
      await Promise.all(reflectors.map(({ reflector: one }) => one.stop()))
    },
    synced,
  }
}

/** A consistent list of each watched namespace; what `known` gives in its present version need not be sent again. */
export function listWatched<T extends KubernetesObject>(
  client: ResourceClient<T>,
  namespaces: Namespaces,
  known: ((key: string) => T | undefined) | undefined,
): Promise<ObjectList<T>[]> {
  const mostReads = MOST_READS / namespaces.length // all are read at once
  const listOf = (namespace: string | undefined) =>
    known ? listBeside(client, known, { namespace, mostReads }) : client.list({ namespace })
  return Promise.all(namespaces.map(listOf))
}

function reflectorOf<T extends KubernetesObject>(
  parts: WatchedCacheParts<T>,
  namespace: string | undefined,
): Reflector<T> {
  const { client, clock, random, observer, handlers, indexers } = parts
  return reflector<T>({
    list: (signal) => client.list({ namespace, signal }),
    watch: (request, onEvent) => client.watch({ namespace, ...request }, onEvent),
    clock,
    random,
    observer,
    transform: withoutManagedFields,
    ...(handlers && { handlers }),
    ...(indexers && { indexers }),
  })
}
