import { clockCheck } from '../../application/clock-check.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { stepEvents } from '../../application/event/step-events.ts'
import { mayNeedHold } from '../../application/order/may-need.ts'
import { type UnservedOrders, unserved, unservedOrders } from '../../application/order/unserved-orders.ts'
import { recheckAfter } from '../../application/outcome.ts'
import { isOver, type Order } from '../../domain/order/order.ts'
import { keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { kubernetesOrders, orderFromResource, orderWithUid } from '../../infrastructure/kubernetes/resources/orders.ts'
import { isListed } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { OrderWork, OrderWorkParts } from './orders.ts'

/** Until the engine is there nothing can be sent. */
const NOT_YET_MS = 100
/** Nothing changes before the next start. */
const OFF_MS = 3_600_000

const REMEDY =
  'settings.orders.payments names nobody to pay: name one and they go on, or delete them; docs/runbooks/orders-unserved.md'

/** The part of leading that is about orders where they are not served: none goes on, and none is held for ever. */
export function workOfUnserved({ api, clock, skew, outlet, gauges, enqueue, ...parts }: OrderWorkParts): OrderWork {
  const logger = parts.logger.child({ component: 'orders' })
  let leading: UnservedOrders | undefined
  let forget = (_uid: string): void => undefined
  const cache = api.orderCache({
    onAdded(resource) {
      const order = orderFromResource(resource)
      if (order.deleting) enqueue(keyOfObject(resource))
      else if (!isOver(order.status)) tell(order)
    },
    onUpdated: (_, order) => enqueue(keyOfObject(order)),
    onDeleted: ({ metadata: { uid = '' } }) => forget(uid),
  })
  const orders = kubernetesOrders({ client: api.clients.orders, cache, onServerDate: skew.observe })
  gauges.orders.unserved(() => unserved(orders.all(), clock.now()).count)

  function tell(order: Order): void {
    const note = order.deleting
      ? `nobody serves orders, and its money is not known to be settled, or its stock to be back: it stays until it is served again: ${REMEDY}`
      : `nobody serves orders: ${REMEDY}`
    api.recordOrder({ order, type: 'Warning', reason: 'OrdersNotServed', action: 'Pending', note })
  }

  function begin({ relay, term }: Engine): void {
    const events = stepEvents<Order>({
      relay,
      eventFor: (order, number) => outlet.orderEventFor(order, number, term),
      onPublished: enqueue,
    })
    forget = events.forget
    leading = unservedOrders({
      ...{ orders, events, clock, onKept: tell },
      clockIsRight: clockCheck({ skew, clock, objects: orders }),
      onUnserved(count, some) {
        const named = some.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')
        logger.error(`nobody serves ${count} orders that are not over, ${named} among them; ${REMEDY}`)
      },
    })
  }

  return {
    reservationSeen: () => undefined,
    mayNeed: ({ namespace, orderUid }) => mayNeedHold(orderWithUid(cache, orderUid), isListed(cache, namespace)),
    start(engine, _seen, namespaces) {
      begin(engine)
      for (const namespace of namespaces) void cache.follow(namespace)
    },
    follow: (namespace) => void cache.follow(namespace),
    reconcile: async (key) => (leading ? leading.reconcile(key) : recheckAfter(NOT_YET_MS)),
    retire: async () => (leading ? leading.look() : recheckAfter(NOT_YET_MS)),
    sweep: async () => recheckAfter(OFF_MS),
    stop: () => cache.stop(),
  }
}
