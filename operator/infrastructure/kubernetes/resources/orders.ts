import type { Orders, OrderWrite } from '../../../application/order/orders.ts'
import type { Order, OrderSpec, OrderStatus } from '../../../domain/order/order.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { Order as OrderResource } from './generated/order.ts'
import { removeExactly } from './remove-exactly.ts'
import { storedObjects } from './stored-objects.ts'

export const ORDER_FINALIZER = 'kbnt.io/order'
const OPENED = 'kbnt.io/opened'

export const ordersResource = { group: 'kbnt.io', version: 'v1beta1', plural: 'orders', namespaced: true } as const

const BY_UID = 'uid'

/** Finds orders by their uid. */
export const orderIndexers = { [BY_UID]: ({ metadata }: OrderResource): string[] => [metadata.uid ?? ''] }

/** What the watch has brought. */
export interface OrderCache {
  get(key: string): OrderResource | undefined
  list(): Iterable<OrderResource>
  byIndex(index: string, value: string): readonly OrderResource[]
}

export interface OrdersParts {
  readonly client: ResourceClient<OrderResource>
  readonly cache: OrderCache
  readonly onServerDate: (date: number | undefined) => void
}

/** The order with this uid, as last seen. */
export function orderWithUid(cache: Pick<OrderCache, 'byIndex'>, uid: string): Order | undefined {
  const [found] = cache.byIndex(BY_UID, uid)
  return found && orderFromResource(found)
}

/** Orders as the API server stores them. */
export function kubernetesOrders({ client, cache, onServerDate }: OrdersParts): Orders {
  const { write, replaceStatus, ...stored } = storedObjects({
    ...{ kind: 'Order', client, cache, onServerDate },
    fromObject: orderFromResource,
  })
  const written = (order: Order): OrderWrite => ({ kind: 'written', order })
  const patch = ({ namespace, name, uid, resourceVersion }: Order, metadata: object) =>
    client.mergePatch(namespace, name, { metadata: { uid, resourceVersion, ...metadata } })

  return {
    ...stored,
    report: (base, status) => replaceStatus(base, status, written),
    open(base) {
      const change = { finalizers: [...others(base), ORDER_FINALIZER], annotations: { [OPENED]: base.uid } }
      return write(() => patch(base, change), written)
    },
    letGo: (base) => write(() => patch(base, { finalizers: others(base) }), written, false),
    remove: (order) => removeExactly(client, order, onServerDate),
  }
}

function others({ finalizers }: Order): string[] {
  return finalizers.filter((name) => name !== ORDER_FINALIZER)
}

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
