import type { Engine } from '../../application/engine/engine.ts'
import { stockSeen } from '../../application/engine/lead.ts'
import { StockGone } from '../../application/ledger/ledger-faults.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import type { CacheHandlers } from '../../infrastructure/kubernetes/object-store.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationFromResource } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { stockFromResource } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import type { Namespaces, WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { RowWork } from './row-work.ts'

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
  readonly rows: Pick<RowWork, 'seen' | 'gone'>
  readonly seen: (before: VirtualStock | undefined, after: VirtualStock | undefined) => void
}

/** Has the engine lead what comes, look at what changes and let go of what is gone. */
export function stockHandlers(
  engineNow: () => Engine | undefined,
  { enqueue, seen, rows }: StockConcerns,
): CacheHandlers<VirtualStock> {
  const changed = (resource: VirtualStock): void => {
    const engine = engineNow()
    if (!engine) return
    const stock = stockFromResource(resource)
    stockSeen(engine, stock)
    rows.seen(stock)
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
      rows.gone(stockFromResource(last))
      seen(last, undefined)
    },
  }
}

function goneFrom(engine: Engine | undefined, uid: string, key: string): void {
  engine?.stocks.findByUid(uid)?.stop(new StockGone(key))
}

/** Watches the stocks of each namespace from now on; each promise tells whether all of one are there now. */
export function followStocks(
  engine: Engine,
  cache: Pick<WatchedCache<VirtualStock>, 'follow' | 'get'>,
  namespaces: Namespaces,
): Promise<boolean>[] {
  return namespaces.map(async (namespace) => {
    const seen = await cache.follow(namespace)
    if (seen) dropVanished(engine, cache, namespace)
    return seen
  })
}

/** Stocks of a namespace (undefined: of any) that went between the takeover's list and the watch's are told by nobody. */
export function dropVanished(
  engine: Engine,
  cache: Pick<WatchedCache<VirtualStock>, 'get'>,
  namespace: string | undefined,
): void {
  for (const { stock } of [...engine.actors.values()]) {
    if (namespace !== undefined && stock.namespace !== namespace) continue
    const key = keyOf(stock.namespace, stock.name)
    if (cache.get(key)?.metadata.uid !== stock.uid) goneFrom(engine, stock.uid, key)
  }
}
