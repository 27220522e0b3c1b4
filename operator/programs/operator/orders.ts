import type { Clock } from '../../application/clock.ts'
import { clockCheck } from '../../application/clock-check.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { stepEvents } from '../../application/event/step-events.ts'
import { inTime } from '../../application/in-time.ts'
import type { Logger } from '../../application/logger.ts'
import { intents } from '../../application/order/intents.ts'
import { makeCall, serviceOf } from '../../application/order/make-call.ts'
import { mayNeedHold } from '../../application/order/may-need.ts'
import { oldestIn } from '../../application/order/oldest-orders.ts'
import { orderCalls } from '../../application/order/order-calls.ts'
import type { OrderParts } from '../../application/order/order-parts.ts'
import { orderRetirement } from '../../application/order/retire-orders.ts'
import { reconcileInRoom, roomForOrders } from '../../application/order/room-for-orders.ts'
import { holdSweep } from '../../application/order/sweep-holds.ts'
import { type Outcome, recheckAfter } from '../../application/outcome.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { orderOf, orderStock } from '../../infrastructure/kubernetes/resources/order-stock.ts'
import { kubernetesOrders, orderWithUid } from '../../infrastructure/kubernetes/resources/orders.ts'
import {
  areSeveral,
  isListed,
  type Namespaces,
  type WatchedCache,
} from '../../infrastructure/kubernetes/watched-cache.ts'
import type { OrderSettings } from '../../infrastructure/settings/order-settings.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import { shortPhases } from '../../infrastructure/telemetry/order-metrics.ts'
import { orderObserver } from '../../infrastructure/telemetry/order-observer.ts'
import { orderServices } from '../order-services.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'

export interface OrderWorkParts {
  readonly settings: OrderSettings
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly logger: Logger
  readonly api: Api
  readonly outlet: Pick<EventOutlet, 'orderEventFor'>
  readonly gauges: Pick<Metrics, 'orders'>
  readonly caches: { readonly reservations: WatchedCache<Reservation>; readonly stocks: WatchedCache<VirtualStock> }
  /** Whether nobody else may lead by now. */
  readonly leading: () => boolean
  /** Has an order looked at again. */
  readonly enqueue: (key: string) => void
}

/** The part of leading that is about orders. */
export interface OrderWork {
  /** A reservation came, changed or went: if it is an order's, that one is looked at. */
  reservationSeen(reservation: Reservation): void
  /** Whether the order that a reservation is held for may still go by it, as far as is known. */
  mayNeed(hold: { readonly namespace: string; readonly orderUid: string }): boolean
  /** Begins when the stocks of these namespaces were seen. One that can't be listed keeps the others waiting for seconds only. */
  start(engine: Engine, seen: readonly Promise<boolean>[], namespaces: Namespaces): void
  /** Orders of one more namespace. */
  follow(namespace: string): void
  reconcile(key: string): Promise<Outcome>
  /** Deletes some of those that have been over for long. */
  retire(): Promise<Outcome>
  /** Gives back what is held for orders that are gone. */
  sweep(): Promise<Outcome>
  stop(): Promise<void>
}

/** Until the caches are complete nothing can be said of an order. */
const NOT_YET_MS = 100
/** Who isn't seen by then is waited for no longer. */
const SEEN_WITHIN_MS = 10_000

interface Led extends OrderParts {
  readonly retire: () => Promise<Outcome>
  readonly sweep: () => Promise<Outcome>
}

/** Where orders are served. */
export function orderWork(parts: OrderWorkParts): OrderWork {
  const { api, clock, skew, enqueue } = parts
  const logger = parts.logger.child({ component: 'orders' })
  const services = orderServices(parts.settings, { clock, logger, observer: parts.gauges.orders })
  let stopped = false
  let leading: Led | undefined
  const cache = api.orderCache({
    onAdded: (order) => enqueue(keyOfObject(order)),
    onUpdated: (_, order) => enqueue(keyOfObject(order)),
    onDeleted({ metadata: { uid = '' } }) {
      leading?.events.forget(uid)
      leading?.calls.forget(uid)
      leading?.intents.forget(uid)
    },
  })
  const orders = kubernetesOrders({ client: api.clients.orders, cache, onServerDate: skew.observe })
  const stock = orderStock({
    client: api.clients.reservations,
    cache: parts.caches.reservations,
    stocks: parts.caches.stocks,
  })
  const seenStock = {
    ...stock,
    /** Of the orders of a namespace that isn't seen nobody can say that they are gone. */
    owners: () => [...stock.owners()].filter(({ namespace }) => isListed(cache, namespace)),
  }
  const shared = areSeveral(api.namespaces)
  const room = roomForOrders({ orders, clock, most: parts.settings.max, shared })
  parts.gauges.orders.keeping(parts.settings.max, room.count)
  parts.gauges.orders.needingAttention(() => {
    let count = 0
    for (const { status } of cache.list()) if (status?.phase === 'NeedsAttention') count += 1
    return count
  })
  parts.gauges.orders.staying(() => oldestIn(shortPhases, orders.all(), clock.now()))

  function begin(engine: Engine): void {
    const { retried: onRetry, trouble: onTrouble } = engine.world.observer
    const voices = { clock, onRetry, onTrouble }
    leading = {
      ...{ orders, stock, payments: services.payments, clock, skew, leading: parts.leading },
      servedSince: clock.tick(),
      calls: orderCalls({
        clock,
        make: (order, name, terms) => makeCall(services, order, name, terms),
        serviceOf: (order, name) => serviceOf(services, order, name),
        onNews: ({ namespace, name }) => enqueue(keyOf(namespace, name)),
      }),
      intents: intents(clock, parts.leading),
      events: stepEvents({
        relay: engine.relay,
        eventFor: (order, number) => parts.outlet.orderEventFor(order, number, engine.term),
        onPublished: enqueue,
      }),
      clockIsRight: clockCheck({ skew, clock, objects: orders }),
      observer: orderObserver({ metrics: parts.gauges.orders, logger, record: api.recordOrder }),
      retire: orderRetirement({ orders, payments: services.payments, skew, ...voices }),
      sweep: holdSweep({ orders, stock: seenStock, ...voices }),
    }
  }

  return {
    reservationSeen(reservation) {
      const order = orderOf(reservation)
      if (order) enqueue(keyOf(order.namespace, order.name))
    },
    mayNeed({ namespace, orderUid }) {
      return mayNeedHold(orderWithUid(cache, orderUid), leading !== undefined && isListed(cache, namespace))
    },
    start(engine, seen, namespaces) {
      const ordersSeen = namespaces.map((namespace) => cache.follow(namespace))
      void inTime(clock, SEEN_WITHIN_MS, Promise.all([...ordersSeen, ...seen])).then(() => stopped || begin(engine))
    },
    follow: (namespace) => void cache.follow(namespace),
    reconcile: async (key) => (leading ? reconcileInRoom(leading, room, key) : recheckAfter(NOT_YET_MS)),
    retire: async () => (leading ? leading.retire() : recheckAfter(NOT_YET_MS)),
    sweep: async () => (leading ? leading.sweep() : recheckAfter(NOT_YET_MS)),
    async stop() {
      stopped = true
      leading?.calls.stop()
      await Promise.all([cache.stop(), services.close()])
    },
  }
}
