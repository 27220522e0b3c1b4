import type { KubernetesObject } from './infrastructure/kubernetes/kubernetes-object.ts'
import type { Reservation } from './infrastructure/kubernetes/resources/generated/reservation.ts'
import type { WatchedCache } from './watched-cache.ts'

/** What a standby follows without acting on it, so that it takes over quickly. */
export interface StandbyCaches {
  start(): void
  stop(): Promise<void>
  /** Whether everything was seen once that can be listed. */
  readonly synced: boolean
  /** Namespaces that can't be listed, and why. */
  readonly unlisted: ReadonlyMap<string, string>
  /** Stops, and gives the reservations as last seen to whoever leads from now on; undefined when not all were seen. */
  handOver(): WatchedCache<Reservation>['get'] | undefined
}

interface Caches {
  readonly reservations: WatchedCache<Reservation>
  readonly others: readonly WatchedCache<KubernetesObject>[]
}

export function standbyCaches(caches: Caches): StandbyCaches {
  // The only name for them: a leader keeps copies of its own, and needs no second ones for as long as it lives.
  let kept: Caches | undefined = caches
  let synced = false
  const all = () => (kept ? [kept.reservations, ...kept.others] : [])
  const isSynced = (): boolean => {
    if (kept) synced ||= all().every(({ ready }) => ready)
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
      const find = kept?.reservations.ready ? kept.reservations.get : undefined
      kept = undefined
      return find
    },
  }
}
