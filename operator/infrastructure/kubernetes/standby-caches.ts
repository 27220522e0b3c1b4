import type { KubernetesObject } from './kubernetes-object.ts'
import type { WatchedCache } from './watched-cache.ts'

/** What a standby follows without acting on it, so that it takes over quickly. `T`: what it hands over. */
export interface StandbyCaches<T> {
  start(): void
  stop(): Promise<void>
  /** Whether everything was seen once that can be listed. Of what a leader goes on without, nothing need be. */
  readonly synced: boolean
  /** Namespaces that can't be listed, and why. */
  readonly unlisted: ReadonlyMap<string, string>
  /** Stops, and gives what is handed over, as last seen, to whoever leads from now on; undefined when not all were seen. */
  handOver(): WatchedCache<T>['get'] | undefined
}

interface Caches<T> {
  readonly handedOver: WatchedCache<T>
  /** Nobody leads who sees none of them. */
  readonly needed: readonly WatchedCache<KubernetesObject>[]
  /** A leader goes on without them. */
  readonly others: readonly WatchedCache<KubernetesObject>[]
}

export function standbyCaches<T extends KubernetesObject>(caches: Caches<T>): StandbyCaches<T> {
  // The only name for them: a leader keeps copies of its own, and needs no second ones for as long as it lives.
  let kept: Caches<T> | undefined = caches
  let synced = false
  const all = () => (kept ? [kept.handedOver, ...kept.needed, ...kept.others] : [])
  const isSynced = (): boolean => {
    if (kept) synced ||= [kept.handedOver, ...kept.needed].every(({ ready }) => ready) && kept.others.every(isTried)
    return synced
  }
  const stop = async (): Promise<void> => void (await Promise.all(all().map((cache) => cache.stop())))
  return {
    start() {
      for (const cache of all()) cache.start()
    },
    stop,
    get synced() {
      return isSynced()
    },
    get unlisted() {
      const failed = all().flatMap(({ unlisted }) => [...unlisted].filter(([, reason]) => reason !== ''))
      return new Map(failed)
    },
    handOver() {
      isSynced()
      void stop()
      const find = kept?.handedOver.ready ? kept.handedOver.get : undefined
      kept = undefined
      return find
    },
  }
}

/** Whether each namespace was listed, or has failed to be. */
function isTried({ unlisted }: Pick<WatchedCache<unknown>, 'unlisted'>): boolean {
  return [...unlisted.values()].every((reason) => reason !== '')
}
