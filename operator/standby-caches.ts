import type { KubernetesObject } from './infrastructure/kubernetes/kubernetes-object.ts'
import type { Reservation } from './infrastructure/kubernetes/resources/generated/reservation.ts'
import type { WatchedCache } from './watched-cache.ts'

/** What a standby follows without acting on it, so that it takes over quickly. */
export interface StandbyCaches {
  start(): void
  stop(): Promise<void>
  /** Whether everything was seen once. */
  readonly synced: boolean
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
  const unsynced = new Set(['reservations', ...caches.others.keys()])
  const all = () => (kept ? [kept.reservations, ...kept.others] : [])
  const note = (name: string | number) => (synced: boolean) => void (synced && unsynced.delete(name))
  void caches.reservations.synced.then(note('reservations'))
  for (const [index, other] of caches.others.entries()) void other.synced.then(note(index))
  const stop = async (): Promise<void> => void (await Promise.all(all().map((cache) => cache.stop())))
  return {
    start() {
      for (const cache of all()) cache.start()
    },
    stop,
    get synced() {
      return unsynced.size === 0
    },
    handOver() {
      void stop()
      const find = unsynced.has('reservations') ? undefined : kept?.reservations.get
      kept = undefined
      return find
    },
  }
}
