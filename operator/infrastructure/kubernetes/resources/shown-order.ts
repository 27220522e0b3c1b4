import type { Order as Shown } from '../../../application/gateway/generated/contract.ts'
import { shownLines } from '../../../application/gateway/lines-text.ts'
import type { SeenOrder } from '../../../application/gateway/orders/paid-orders.ts'
import { present } from '../../../application/gateway/present.ts'
import type { Order } from './generated/order.ts'
import { ORDER_HASH } from './order-hash.ts'

/** An Order as the gateway shows it. */
export function seenOrder(resource: Order): SeenOrder {
  const { metadata, status } = resource
  const { namespace = '', name = '', uid = '', generation = 0, resourceVersion = '', annotations = {} } = metadata
  const orderHash = annotations[ORDER_HASH]
  return {
    ...{ namespace, name, uid, generation, position: resourceVersion, shown: shownOrder(resource) },
    ...{ phase: status?.phase ?? 'Pending', reason: status?.reason, judged: status?.observedGeneration ?? 0 },
    ...(orderHash !== undefined && { orderHash }),
  }
}

/** What `seenOrder` reads of one: not its history and its conditions, which are most of it in memory. */
export function keptOrder(resource: Order): Order {
  if (!resource.status) return resource
  return { ...resource, status: { ...resource.status, history: [], conditions: [] } }
}

function shownOrder({ metadata, spec, status }: Order): Shown {
  const { namespace = '', name = '', creationTimestamp: createdAt } = metadata
  const { customer, payment, requestId, cancel } = spec
  const { orderId, phase = 'Pending', reason, message, reservation: reservationId, madeAt, finishedAt } = status ?? {}
  const { state, reference } = status?.payment ?? {}
  const items = shownLines(spec.items, namespace)
  const { method, provider, amount } = payment
  return {
    ...{ orderName: name, namespace, phase, customer, items },
    payment: { method, provider, amount, ...present({ state, reference }) },
    ...present({ orderId, reason, message, reservationId, requestId, createdAt, madeAt, finishedAt }),
    ...(cancel && { cancelled: true }),
  }
}
