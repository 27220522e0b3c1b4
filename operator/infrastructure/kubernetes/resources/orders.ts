import type { Order, OrderSpec, OrderStatus } from '../../../domain/order/order.ts'
import type { Order as OrderResource } from './generated/order.ts'

const ORDER_FINALIZER = 'kbnt.io/order'
const OPENED = 'kbnt.io/opened'

export const ordersResource = { group: 'kbnt.io', version: 'v1beta1', plural: 'orders', namespaced: true } as const

/** What the operator knows of one stored Order. */
export function orderFromResource({ metadata, spec, status }: OrderResource): Order {
  const { namespace = '', name = '', uid = '', resourceVersion = '', generation = 0 } = metadata
  const { creationTimestamp = '', deletionTimestamp, annotations = {}, finalizers = [] } = metadata
  const opened = annotations[OPENED]
  return {
    ...{ namespace, name, uid, resourceVersion, generation, finalizers },
    createdAt: Date.parse(creationTimestamp),
    deleting: deletionTimestamp !== undefined,
    held: finalizers.includes(ORDER_FINALIZER),
    ...(opened !== undefined && { opened }),
    spec: spec satisfies OrderSpec,
    ...(status && { status: status as OrderStatus }),
  }
}
