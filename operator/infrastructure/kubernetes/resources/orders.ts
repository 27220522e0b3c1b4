import type { Orders, OrderWrite } from '../../../application/order/orders.ts'
import type { Order, OrderSpec, OrderStatus } from '../../../domain/order/order.ts'
import { ifThere } from '../api-error.ts'
import type { ApiResult } from '../exchange.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { Order as OrderResource } from './generated/order.ts'
import { latestKnown } from './latest-known.ts'
import { removeExactly } from './remove-exactly.ts'
import { failureOf } from './write-result.ts'

const ORDER_FINALIZER = 'kbnt.io/order'
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
  const latest = latestKnown(cache)

  const write = async (change: () => Promise<ApiResult<OrderResource>>, stays = true): Promise<OrderWrite> => {
    try {
      const { body, date } = await change()
      onServerDate(date)
      if (stays) latest.wrote(body)
      return { kind: 'written', order: orderFromResource(body) }
    } catch (error) {
      const failure = failureOf(error)
      return failure.kind === 'tooLarge' ? { kind: 'refused', reason: 'the object is too large' } : failure
    }
  }
  const patch = ({ namespace, name, uid, resourceVersion }: Order, metadata: object) =>
    client.mergePatch(namespace, name, { metadata: { uid, resourceVersion, ...metadata } })

  return {
    find(key) {
      const resource = latest.of(key)
      return resource && orderFromResource(resource)
    },
    *all() {
      for (const resource of cache.list()) yield orderFromResource(resource)
    },
    async read(namespace, name) {
      const answer = await ifThere(client.get(namespace, name))
      if (!answer) return undefined
      onServerDate(answer.date)
      return orderFromResource(answer.body)
    },
    report: (base, status) => write(() => client.replaceStatus(resourceWithStatus(base, status))),
    open: (base) =>
      write(() =>
        patch(base, {
          finalizers: [...others(base), ORDER_FINALIZER],
          annotations: { [OPENED]: base.uid },
        }),
      ),
    letGo: (base) => write(() => patch(base, { finalizers: others(base) }), false),
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

/** All that a PUT of the status reads: identity, the exact version, and the status. */
function resourceWithStatus({ namespace, name, uid, resourceVersion }: Order, status: OrderStatus): OrderResource {
  const metadata = { namespace, name, uid, resourceVersion }
  return { apiVersion: 'kbnt.io/v1beta1', kind: 'Order', metadata, status } as unknown as OrderResource
}
