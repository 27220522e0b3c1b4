import { type KubernetesObject, namespaceOfKey, withoutManagedFields } from './kubernetes-object.ts'
import { listBeside, MOST_READS } from './list-beside.ts'
import type { CacheHandlers, Indexers } from './object-store.ts'
import { type Reflector, type ReflectorObserver, reflector } from './reflector.ts'
import type { ObjectList, ResourceClient } from './resource-client.ts'
import { hasSharedRoom } from './shared-room.ts'
import type { Clock, Random } from './timers.ts'

/** The namespaces that are watched; undefined stands for all of them. */
export type Namespaces = readonly (string | undefined)[]

/** Whether a namespace is one of them. */
export function isAmong(namespaces: Namespaces, namespace: string): boolean {
  return namespaces.includes(undefined) || namespaces.includes(namespace)
}

/** Whether there may be others than one. */
export function areSeveral(namespaces: Namespaces): boolean {
  return namespaces.length > 1 || namespaces.includes(undefined)
}

export interface WatchedCacheParts<T extends KubernetesObject> {
  readonly client: ResourceClient<T>
  readonly namespaces: Namespaces
  readonly clock: Clock
  readonly random: Random
  /** One for all namespaces, or one for each. */
  readonly observer: ReflectorObserver | ((namespace: string | undefined) => ReflectorObserver)
  readonly handlers?: CacheHandlers<T>
  readonly indexers?: Indexers<T>
  /** What is kept of an object, for those that are many and of which little is read. Default: all but `managedFields`. */
  readonly kept?: (object: T) => T
  /**
   * How many are kept at most, of all namespaces; more are left out, and none of a namespace in the quarter that others
   * have. Default: all.
   */
  readonly most?: number
}

/** All objects of one resource in the watched namespaces, each of which is followed by itself. */
export interface WatchedCache<T> {
  get(key: string): T | undefined
  list(): T[]
  /** The objects that the indexer `index` gave this value for. */
  byIndex(index: string, value: string): T[]
  /** The resourceVersion up to which all changes of a namespace are in it; '' = none yet, or not watched. */
  position(namespace: string): string
  /** How many there are, of all namespaces. */
  readonly size: number
  /** Whether one more of a namespace would be kept. */
  hasRoom(namespace: string): boolean
  /** Whether none of a namespace that is there now was left out for want of room. */
  isWhole(namespace: string): boolean
  /** In all namespaces, with lists of its own. */
  start(): void
  /**
   * In one namespace, with a list of its own or from exactly this one; where it is followed already a given list is taken
   * over. True once all of it was seen; false when it was stopped before.
   */
  follow(namespace: string | undefined, from?: ObjectList<T>): Promise<boolean>
  stop(): Promise<void>
  /** True once everything was seen, in all namespaces; false when it was stopped before. */
  readonly synced: Promise<boolean>
  /** Namespaces of which no list has come yet, and why the last try failed; '' = none has failed. */
  readonly unlisted: ReadonlyMap<string, string>
  /** Whether each namespace was listed, or has failed to be, and at least one was listed. */
  readonly ready: boolean
}

/** Whether all of a namespace was seen; true of one that isn't watched, of which there is nothing to see. */
export function isListed({ unlisted }: Pick<WatchedCache<unknown>, 'unlisted'>, namespace: string): boolean {
  return !unlisted.has('') && !unlisted.has(namespace)
}

/** Whether a namespace is watched, and all of it was seen. */
export function isWatchedAndListed(
  cache: Pick<WatchedCache<unknown>, 'unlisted'>,
  watched: Namespaces,
  namespace: string,
): boolean {
  return isAmong(watched, namespace) && isListed(cache, namespace)
}

export function watchedCache<T extends KubernetesObject>(parts: WatchedCacheParts<T>): WatchedCache<T> {
  const sizeOf = () => {
    let size = 0
    for (const one of reflectors.values()) size += one.size
    return size
  }
  const reflectorFor = (namespace: string) => reflectors.get(undefined) ?? reflectors.get(namespace)
  const { most, namespaces } = parts
  const shared = areSeveral(namespaces)
  const hasRoom = (namespace: string): boolean => {
    if (most === undefined) return true
    const own = reflectorFor(namespace)?.sizeOf(namespace) ?? 0
    return hasSharedRoom({ all: sizeOf(), own }, most, shared)
  }
  const unlisted = new Map(parts.namespaces.map((namespace) => [namespace ?? '', '']))
  const reflectors = new Map(
    parts.namespaces.map((namespace) => [
      namespace,
      reflectorOf({ ...parts, hasRoom }, namespace, (reason) => {
        if (unlisted.has(namespace ?? '')) unlisted.set(namespace ?? '', reason)
      }),
    ]),
  )
  for (const [namespace, { synced }] of reflectors)
    void synced.then((seen) => void (seen && unlisted.delete(namespace ?? '')))
  return {
    get(key) {
      return reflectorFor(namespaceOfKey(key))?.get(key)
    },
    list: () => [...reflectors.values()].flatMap((one) => one.list()),
    byIndex: (index, value) => [...reflectors.values()].flatMap((one) => one.byIndex(index, value)),
    position: (namespace) => reflectorFor(namespace)?.position ?? '',
    get size() {
      return sizeOf()
    },
    hasRoom,
    isWhole: (namespace) => reflectorFor(namespace)?.isWhole(namespace) ?? true,
    start() {
      for (const one of reflectors.values()) one.start()
    },
    follow(namespace, from) {
      const one = reflectors.get(namespace)
      one?.start(from)
      return one?.synced ?? Promise.resolve(false)
    },
    async stop() {
      await Promise.all([...reflectors.values()].map((one) => one.stop()))
    },
    synced: Promise.all([...reflectors.values()].map(({ synced }) => synced)).then((all) => all.every(Boolean)),
    unlisted,
    get ready() {
      return unlisted.size < reflectors.size && [...unlisted.values()].every((reason) => reason !== '')
    },
  }
}

export interface ListParts<T extends KubernetesObject> {
  readonly client: ResourceClient<T>
  readonly namespace: string | undefined
  /** What it gives in its present version need not be sent again. */
  readonly known: ((key: string) => T | undefined) | undefined
  /** How many namespaces are listed at once. */
  readonly beside: number
}

/** A consistent list of one namespace. */
export function listWatched<T extends KubernetesObject>(parts: ListParts<T>): Promise<ObjectList<T>> {
  const { client, namespace, known, beside } = parts
  return known ? listBeside(client, known, { namespace, mostReads: MOST_READS / beside }) : client.list({ namespace })
}

function reflectorOf<T extends KubernetesObject>(
  parts: WatchedCacheParts<T> & { readonly hasRoom: (namespace: string) => boolean },
  namespace: string | undefined,
  onListFailed: (reason: string) => void,
): Reflector<T> {
  const { client, clock, random, handlers, indexers, kept, hasRoom } = parts
  const told = typeof parts.observer === 'function' ? parts.observer(namespace) : parts.observer
  const observer: ReflectorObserver = {
    ...told,
    failed(operation, error) {
      if (operation === 'list') onListFailed(error instanceof Error ? error.message : String(error))
      told.failed?.(operation, error)
    },
  }
  return reflector<T>({
    list: (signal) => client.list({ namespace, signal }),
    watch: (request, onEvent) => client.watch({ namespace, ...request }, onEvent),
    clock,
    random,
    observer,
    transform: kept ? (object) => kept(withoutManagedFields(object)) : withoutManagedFields,
    ...(handlers && { handlers }),
    ...(indexers && { indexers }),
    hasRoom,
  })
}
