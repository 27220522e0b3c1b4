import type { AskedHold, AskedOrder, FoundHold, OrderId, OrderStock } from '../../../application/order/order-stock.ts'
import type { Order } from '../../../domain/order/order.ts'
import { isFinished, type Reservation as KnownReservation, keyOf } from '../../../domain/reservation/reservation.ts'
import { childNameOf } from '../../../domain/resource/resource.ts'
import { ApiError, ifThere, isApiError, isNotFound } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { Reservation } from './generated/reservation.ts'
import type { VirtualStock } from './generated/virtual-stock.ts'
import { latestKnown } from './latest-known.ts'
import { ORDER_UID, type ReservationCache, reservationFromResource } from './reservations.ts'
import { failureOf, isDenial } from './write-result.ts'

const NAME_ANNOTATION = 'kbnt.io/order'

/** The order that a reservation was made for; undefined = a client's own reservation. */
export function orderOf({ metadata }: Pick<Reservation, 'metadata'>): OrderId | undefined {
  const { namespace = '', labels = {}, annotations = {} } = metadata
  const uid = labels[ORDER_UID]
  const name = annotations[NAME_ANNOTATION]
  return uid === undefined || name === undefined ? undefined : { namespace, name, uid }
}

export interface OrderStockParts {
  readonly client: ResourceClient<Reservation>
  readonly cache: ReservationCache
  readonly stocks: { get(key: string): VirtualStock | undefined }
}

/** The stock of orders as Reservation objects. They have no owner: deletion in the foreground would give back what is being paid. */
export function orderStock({ client, cache, stocks }: OrderStockParts): OrderStock {
  const latest = latestKnown<Reservation>(cache)
  const found = (resource: Reservation | undefined, order: AskedOrder): FoundHold | undefined =>
    resource && { reservation: reservationFromResource(resource), ours: isOf(order, resource) }

  /** One that is over, or gone, takes no change: the watch tells what it is. */
  async function change({ namespace, name, uid }: KnownReservation, spec: object): Promise<void> {
    try {
      const { body } = await client.mergePatch(namespace, name, { metadata: { uid }, spec })
      latest.wrote(body)
    } catch (error) {
      const isOver = isNotFound(error) || isApiError(error, 409) || failureOf(error).kind === 'refused'
      if (!isOver) throw error
    }
  }

  return {
    nameOf: childNameOf,
    find: (order) => found(latest.of(keyOf(order.namespace, childNameOf(order))), order),
    async read(order) {
      const answer = await ifThere(client.get(order.namespace, childNameOf(order)))
      return found(answer?.body, order)
    },
    lends: ({ spec }) =>
      spec.items.some(({ stockNamespace, stock }) => {
        const { reclaimPolicy } = stocks.get(keyOf(stockNamespace, stock))?.spec ?? {}
        return reclaimPolicy === 'Return'
      }),
    async ask(order): Promise<AskedHold> {
      try {
        const { body } = await client.create(reservationFor(order))
        latest.wrote(body)
        return { kind: 'asked' }
      } catch (error) {
        if (isApiError(error, 409)) return { kind: 'asked' } // whose it is the next look tells
        const { kind } = failureOf(error)
        const isRefusal = isApiError(error, 403) || kind === 'refused' || (error instanceof ApiError && isDenial(error))
        if (!isRefusal) throw error
        return { kind: 'refused', reason: (error as Error).message }
      }
    },
    confirm: (reservation) => change(reservation, { state: 'Confirmed' }),
    release: (reservation) => change(reservation, { state: 'Released' }),
    extend: (reservation, ttlMs) => change(reservation, { ttl: `${Math.ceil(ttlMs / 1_000)}s` }),
    *owners() {
      for (const resource of cache.list()) {
        const order = orderOf(resource)
        const phase = resource.status?.phase
        if (order && phase !== 'Confirmed' && !isFinished(phase)) yield order
      }
    },
  }
}

/** Marks can be written by whoever may write reservations: it is the one of an order only if it also holds what that asks for. */
function isOf({ uid, spec }: AskedOrder, resource: Reservation): boolean {
  if (orderOf(resource)?.uid !== uid) return false
  if (!spec) return true
  const { namespace = '' } = resource.metadata
  return resource.spec.consumer === spec.customer && linesOf(resource.spec, namespace) === linesOf(spec, namespace)
}

interface Lines {
  readonly items?: readonly { readonly stockNamespace?: string; readonly stock: string; readonly quantity: number }[]
}

function linesOf({ items = [] }: Lines, own: string): string {
  return JSON.stringify(items.map(({ stockNamespace, stock, quantity }) => [stockNamespace || own, stock, quantity]))
}

const MAX_NOTE = 256

function reservationFor({ namespace, name, uid, spec }: Order): Reservation {
  const { items, customer, requestId, ttl, waitFor } = spec
  return {
    apiVersion: 'kbnt.io/v1beta1',
    kind: 'Reservation',
    metadata: {
      namespace,
      name: childNameOf({ name, uid }),
      labels: { [ORDER_UID]: uid },
      annotations: { [NAME_ANNOTATION]: name },
    },
    spec: {
      items: items.map(({ stockNamespace = '', ...item }) => ({ stockNamespace, ...item })),
      ...{ state: 'Reserved', consumer: customer, ttl, waitFor, priority: 0 },
      note: `stock of Order ${name}`.slice(0, MAX_NOTE),
      ...(requestId !== undefined && { requestId }),
    },
  }
}
