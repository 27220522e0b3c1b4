import type { Engine } from './application/engine/engine.ts'
import { stockSeen } from './application/engine/lead.ts'
import { StockGone } from './application/ledger/ledger-faults.ts'
import { keyOf } from './domain/reservation/reservation.ts'
import { keyOfObject } from './infrastructure/kubernetes/kubernetes-object.ts'
import type { CacheHandlers } from './infrastructure/kubernetes/object-store.ts'
import type { Reservation } from './infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from './infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationFromResource } from './infrastructure/kubernetes/resources/reservations.ts'
import { stockFromResource } from './infrastructure/kubernetes/resources/virtual-stocks.ts'
import type { WatchedCache } from './watched-cache.ts'

/** Queues what has changed; what was deleted must reach the engine, so it waits until there is one. */
export function reservationHandlers(
  whenLeading: (act: (engine: Engine) => void) => void,
  enqueue: (key: string) => void,
  seen: (resource: Reservation) => void,
): CacheHandlers<Reservation> {
  const changed = (resource: Reservation): void => {
    enqueue(keyOfObject(resource))
    seen(resource)
  }
  return {
    onAdded: changed,
    onUpdated: (_, resource) => changed(resource),
    onDeleted(last) {
      seen(last)
      whenLeading((engine) => {
        const reservation = reservationFromResource(last)
        const { uid, namespace, name, spec } = reservation
        const [home] = spec.items
        const key = keyOf(namespace, name)
        engine.departed.add(key, { uid, homeKey: home ? keyOf(home.stockNamespace, home.stock) : '', reservation })
        engine.unexplained.forget(uid)
        enqueue(key)
      })
    },
  }
}

interface StockConcerns {
  readonly enqueue: (key: string) => void
  readonly seen: (before: VirtualStock | undefined, after: VirtualStock | undefined) => void
}

/** Has the engine lead what comes, look at what changes and let go of what is gone. */
export function stockHandlers(
  engineNow: () => Engine | undefined,
  { enqueue, seen }: StockConcerns,
): CacheHandlers<VirtualStock> {
  const changed = (resource: VirtualStock): void => {
    const engine = engineNow()
    if (!engine) return
    stockSeen(engine, stockFromResource(resource))
    enqueue(keyOfObject(resource))
  }
  return {
    onAdded(resource) {
      changed(resource)
      seen(undefined, resource)
    },
    onUpdated(before, resource) {
      changed(resource)
      seen(before, resource)
    },
    onDeleted(last) {
      goneFrom(engineNow(), last.metadata.uid ?? '', keyOfObject(last))
      seen(last, undefined)
    },
  }
}

function goneFrom(engine: Engine | undefined, uid: string, key: string): void {
  engine?.stocks.findByUid(uid)?.stop(new StockGone(key))
}

/** Stocks that went between the takeover's list and the watch's are told by nobody. */
export function dropVanished(engine: Engine, cache: WatchedCache<VirtualStock>): void {
  for (const { stock } of [...engine.actors.values()]) {
    const key = keyOf(stock.namespace, stock.name)
    if (cache.get(key)?.metadata.uid !== stock.uid) goneFrom(engine, stock.uid, key)
  }
}
