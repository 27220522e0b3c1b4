import type { Clock, Tick } from '../../application/clock.ts'
import { clockCheck } from '../../application/clock-check.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import type { OutgoingEvent } from '../../application/event/outgoing-event.ts'
import { stepEvents } from '../../application/event/step-events.ts'
import { inTime } from '../../application/in-time.ts'
import { type Outcome, recheckAfter } from '../../application/outcome.ts'
import type { Capacity } from '../../application/resource/capacity.ts'
import { nextTries } from '../../application/resource/next-tries.ts'
import type { Removal, Said } from '../../application/resource/provider.ts'
import { reconcileResource } from '../../application/resource/reconcile-resource.ts'
import type { Kind, ResourceObserver, ResourceParts } from '../../application/resource/resource-parts.ts'
import type { Resources } from '../../application/resource/resources.ts'
import { capacitySweep, lostOwners } from '../../application/resource/sweep-capacity.ts'
import type { PooledResource, ResourceIdentity } from '../../domain/resource/resource.ts'
import { type KubernetesObject, keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import type { CacheHandlers } from '../../infrastructure/kubernetes/object-store.ts'
import type { ObjectList, ResourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type CapacityMarks, resourceCapacity } from '../../infrastructure/kubernetes/resources/resource-capacity.ts'
import { poolOf, resourcePools } from '../../infrastructure/kubernetes/resources/resource-pools.ts'
import { type StoredKind, storedResources } from '../../infrastructure/kubernetes/resources/stored-resources.ts'
import { isListed, type Namespaces, type WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { Api } from './api.ts'

export interface ResourceWorkParts<
  T extends KubernetesObject,
  R extends PooledResource,
  P extends Said,
  W extends string,
> {
  readonly kind: Kind<R, P, W>
  readonly stored: StoredKind<T, R>
  readonly marks: CapacityMarks
  readonly client: ResourceClient<T>
  readonly cacheOf: (handlers: CacheHandlers<T>) => WatchedCache<T>
  readonly eventFor: (resource: R, number: number, term: number) => OutgoingEvent
  readonly observer: ResourceObserver<R>
  readonly maxTries: number
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly api: Pick<Api, 'clients'>
  /** What the engine has seen of its own kinds. */
  readonly caches: { readonly reservations: WatchedCache<Reservation>; readonly stocks: WatchedCache<VirtualStock> }
  /** One came, changed or went. */
  readonly onSeen?: (object: T) => void
  /** All of a namespace were seen; undefined stands for all of them. */
  readonly onListed?: (namespace: string | undefined) => void
  /** Has one looked at again. */
  readonly enqueue: (key: string) => void
  /** Takes away what a provider still has of one that is gone; absent = what they have may stay. */
  readonly removeRest?: (resource: ResourceIdentity) => Promise<Removal>
  /** Ends what its providers have begun. */
  readonly stopProviders: () => Promise<unknown>
}

/** The part of leading that is about one kind of resources. */
export interface ResourceWork<T extends KubernetesObject, R extends PooledResource> {
  readonly resources: Resources<R>
  /** What was seen of them. */
  readonly cache: WatchedCache<T>
  /** A reservation came, changed or went: if it is a resource's, that one is looked at. */
  reservationSeen(reservation: Reservation): void
  /** A stock came, went (`after` undefined) or changed: resources that wait for its pool are looked at. */
  stockSeen(before: VirtualStock | undefined, after: VirtualStock | undefined): void
  /**
   * Begins when all resources of these namespaces were seen, and all that `seen` stands for, such as stocks: what one
   * owner may have is counted in all of them. One that can't be listed keeps the others waiting for seconds only. Those of
   * others are told of later.
   */
  start(engine: Engine, seen: readonly Promise<boolean>[], namespaces: Namespaces): void
  /** Whether it has begun: before that hardly any were seen. */
  hasBegun(): boolean
  /** Resources of one more namespace. Before its reservations: else their resources would seem to be gone. */
  follow(namespace: string, from: ObjectList<T> | undefined): void
  reconcile(key: string): Promise<Outcome>
  /** Uids of those that are gone and whose capacity is still held, as last seen. */
  lost(): Iterable<string>
  /** Gives back the capacity of those that are gone. */
  sweep(): Promise<Outcome>
  stop(): Promise<void>
}

/** Until the caches are complete nothing can be said of a resource. */
const NOT_YET_MS = 100
/** Who isn't seen by then is waited for no longer. */
const SEEN_WITHIN_MS = 10_000

export function resourceWork<T extends KubernetesObject, R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceWorkParts<T, R, P, W>,
): ResourceWork<T, R> {
  const { kind, clock, skew, marks, enqueue, onSeen = () => undefined, onListed = () => undefined } = parts
  const askedAt = new Map<string, Tick>()
  const tries = nextTries(clock)
  let stopped = false
  let leading: (ResourceParts<R, P, W> & LostAndFound) | undefined
  function changed(object: T): void {
    enqueue(keyOfObject(object))
    onSeen(object)
  }
  const cache = parts.cacheOf({
    onAdded: changed,
    onUpdated: (_, object) => changed(object),
    onDeleted(object) {
      const { uid = '' } = object.metadata
      onSeen(object)
      askedAt.delete(uid)
      tries.forget(uid)
      leading?.events.forget(uid)
    },
  })
  const resources = storedResources({ kind: parts.stored, client: parts.client, cache, onServerDate: skew.observe })

  async function follow(namespace: string | undefined, from?: ObjectList<T>): Promise<boolean> {
    const isSeen = await cache.follow(namespace, from)
    if (isSeen) onListed(namespace)
    return isSeen
  }

  /** Of the resources of a namespace that isn't seen nobody can say that they are gone. */
  function seenCapacity({ giveBack, owners }: Capacity): Pick<Capacity, 'giveBack' | 'owners'> {
    return { giveBack, owners: () => [...owners()].filter(({ namespace }) => isListed(cache, namespace)) }
  }

  function nameOf(uid: string | undefined): string | undefined {
    if (uid === undefined) return undefined
    for (const resource of resources.all()) if (resource.uid === uid) return resource.name
    return undefined
  }

  function begin(engine: Engine): void {
    const { retried: onRetry, trouble: onTrouble } = engine.world.observer
    const { reservations, stocks } = parts.caches
    const capacity = resourceCapacity({ marks, client: parts.api.clients.reservations, cache: reservations })
    const seen = seenCapacity(capacity)
    leading = {
      ...{ kind, resources, capacity, pools: resourcePools(stocks), maxTries: parts.maxTries },
      lost: () => lostOwners({ resources, capacity: seen }).map(({ uid }) => uid),
      sweep: capacitySweep({
        ...{ what: `${kind.what}s`, resources, capacity: seen, removeRest: parts.removeRest },
        ...{ clock, onRetry, onTrouble },
      }),
      events: stepEvents({
        relay: engine.relay,
        eventFor: (resource, number) => parts.eventFor(resource, number, engine.term),
        onPublished: enqueue,
      }),
      ...{ askedAt, nextTries: tries, clock, skew, clockIsRight: clockCheck({ skew, clock, objects: resources }) },
      observer: parts.observer,
    }
  }

  return {
    resources,
    cache,
    reservationSeen({ metadata: { namespace, labels, annotations } }) {
      const name = annotations?.[marks.name] ?? nameOf(labels?.[marks.uid]) // one of the two may be lost: it is put back
      if (name !== undefined) enqueue(`${namespace}/${name}`)
    },
    stockSeen(before, after) {
      if (before && after && !isNewToPools(before, after)) return
      const pools = new Set([before, after].map((stock) => stock && poolOf(stock)))
      for (const { namespace, name, spec, status } of resources.all()) {
        const waits = status === undefined || status.phase === 'Pending'
        if (waits && pools.has(`${spec.poolNamespace}/${spec.pool}`)) enqueue(`${namespace}/${name}`)
      }
    },
    start(engine, seen, namespaces) {
      const resourcesSeen = namespaces.map((namespace) => follow(namespace))
      const all = Promise.all([...resourcesSeen, ...seen])
      void inTime(clock, SEEN_WITHIN_MS, all).then(() => stopped || begin(engine))
    },
    hasBegun: () => leading !== undefined,
    follow: (namespace, from) => void follow(namespace, from),
    reconcile: async (key) => (leading ? reconcileResource(leading, key) : recheckAfter(NOT_YET_MS)),
    lost: () => leading?.lost() ?? [],
    sweep: async () => (leading ? leading.sweep() : recheckAfter(NOT_YET_MS)),
    async stop() {
      stopped = true
      await Promise.all([cache.stop(), parts.stopProviders()])
    },
  }
}

interface LostAndFound {
  readonly lost: () => Iterable<string>
  readonly sweep: () => Promise<Outcome>
}

/** A stock's books change all the time; what makes it part of a pool hardly ever. */
function isNewToPools({ metadata: before }: VirtualStock, { metadata: after }: VirtualStock): boolean {
  const labels = ({ labels = {} }: typeof before) => `${labels['kbnt.io/pool']}\n${labels['kbnt.io/resource']}`
  return before.generation !== after.generation || labels(before) !== labels(after)
}
