import { type KubernetesObject, keyOfObject } from './kubernetes-object.ts'
import { type ListAndWatchOptions, type ListAndWatchSink, listAndWatch, type Snapshot } from './list-and-watch.ts'
import { type CacheHandlers, type Indexers, type ObjectCache, objectStore } from './object-store.ts'
import { SharedStrings } from './shared-strings.ts'

/** For metrics and logs. */
export interface ReflectorObserver {
  /** An event, a bookmark or a list arrived; `atMs` is the clock's. */
  eventSeen?(atMs: number): void
  relisted?(): void
  /** A watch goes on after the last version that was seen. */
  resumed?(): void
  /** All changes up to `position` are in what is kept, and were told. */
  reached?(): void
  /** The server has taken the watch: what is kept is what there is, as soon as that has come. */
  opened?(): void
  /** Something failed; the reflector goes on by itself. */
  failed?(operation: 'list' | 'watch' | 'handler', error: unknown): void
}

export interface ReflectorOptions<T extends KubernetesObject> extends ListAndWatchOptions<T> {
  readonly handlers?: CacheHandlers<T>
  readonly indexers?: Indexers<T>
  /** Whether one more of a namespace may be kept; else it is left out. Default: always. */
  readonly hasRoom?: (namespace: string) => boolean
  /** Applied to each object before it is kept, to drop what nobody reads. */
  readonly transform?: (object: T) => T
  readonly observer?: ReflectorObserver
}

export interface Reflector<T> extends ObjectCache<T> {
  /**
   * Begins with a list of its own, or with exactly the given state, whose objects are told as added. On a running
   * reflector the given state is taken over (what is newer already stays) and the watch goes on from its version.
   */
  start(from?: Snapshot<T>): void
  /** Ends the watch; the objects stay readable. Resolves when nothing runs any more. */
  stop(): Promise<void>
  /** True once everything was seen; false when it was stopped before. */
  readonly synced: Promise<boolean>
  /** When the last event, bookmark or list came, in the clock's milliseconds; undefined = none yet. */
  readonly lastEventAt: number | undefined
  /** The resourceVersion up to which all changes are in what is kept; '' = none yet. */
  readonly position: string
}

/**
 * Keeps a copy of all objects of a resource up to date for ever: list, watch, resume where it broke off, list again when
 * that version is gone. No error ends it, also none of a handler; only `stop` does.
 */
export function reflector<T extends KubernetesObject>(options: ReflectorOptions<T>): Reflector<T> {
  const { handlers = {}, observer = {}, transform = (object) => object, clock } = options
  const guard = guardFor(observer)
  const store = objectStore(guardedHandlers(handlers, guard), options.indexers, options.hasRoom)
  const strings = new SharedStrings()
  const lean = (object: T): T => strings.shared(transform(object), store.get(keyOfObject(object)))
  const synced = Promise.withResolvers<boolean>()
  let hasSynced = false
  let lastEventAt: number | undefined
  let position = ''
  let abort: AbortController | undefined
  let running: Promise<void> = Promise.resolve()

  const seen = (): void => {
    lastEventAt = clock.now()
    observer.eventSeen?.(lastEventAt)
  }
  const reached = (resourceVersion: string | undefined): void => {
    position = resourceVersion ?? position
    observer.reached?.()
  }
  const takeOver = ({ items, resourceVersion }: Snapshot<T>): void => {
    store.replace(items.map(lean), resourceVersion)
    seen()
    reached(resourceVersion)
    if (hasSynced) return
    hasSynced = true
    guard(() => handlers.onSynced?.())
    synced.resolve(true)
  }
  const sink: ListAndWatchSink<T> = {
    listed(snapshot) {
      if (hasSynced) observer.relisted?.()
      guard(() => takeOver(snapshot))
    },
    changed({ type, object }) {
      seen()
      guard(() => {
        if (type === 'DELETED') store.remove(transform(object))
        else if (type !== 'BOOKMARK') store.put(lean(object))
      })
      reached(object.metadata.resourceVersion)
    },
    resumed: () => observer.resumed?.(),
    opened: () => observer.opened?.(),
    failed: (operation, error) => observer.failed?.(operation, error),
  }

  return {
    start(from) {
      if (abort !== undefined && from === undefined) return
      abort?.abort()
      abort = new AbortController()
      if (from !== undefined) takeOver(from)
      running = Promise.all([running, listAndWatch(options, sink, abort.signal, from?.resourceVersion)]).then(() => {})
    },
    async stop() {
      abort?.abort()
      synced.resolve(false)
      await running
    },
    synced: synced.promise,
    get lastEventAt() {
      return lastEventAt
    },
    get position() {
      return position
    },
    get: store.get,
    list: store.list,
    byIndex: store.byIndex,
    get size() {
      return store.size
    },
    sizeOf: store.sizeOf,
    isWhole: store.isWhole,
  }
}

type Guard = (run: () => unknown) => void

/** Runs somebody else's code; what it throws, now or later, is told and nothing more. */
function guardFor(observer: ReflectorObserver): Guard {
  const failed = (error: unknown): void => observer.failed?.('handler', error)
  return (run) => {
    try {
      const result = run()
      if (result instanceof Promise) result.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

function guardedHandlers<T>(handlers: CacheHandlers<T>, guard: Guard): CacheHandlers<T> {
  return {
    onAdded: (object) => guard(() => handlers.onAdded?.(object)),
    onUpdated: (old, object) => guard(() => handlers.onUpdated?.(old, object)),
    onDeleted: (last) => guard(() => handlers.onDeleted?.(last)),
  }
}
