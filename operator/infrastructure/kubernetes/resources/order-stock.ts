import type { AskedHold, AskedOrder, FoundHold, OrderId, OrderStock } from '../../../application/order/order-stock.ts'
import type { Order } from '../../../domain/order/order.ts'
import { isFinished, type Reservation as KnownReservation, keyOf } from '../../../domain/reservation/reservation.ts'
import { childNameOf } from '../../../domain/resource/resource.ts'
import { ApiError, ifThere, isApiError, isNotFound } from '../api-error.ts'
import { ownerOf } from '../providers/provided-objects.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { Reservation } from './generated/reservation.ts'
import type { VirtualStock } from './generated/virtual-stock.ts'
import { latestKnown } from './latest-known.ts'
import { ORDER_UID, type ReservationCache, reservationFromResource } from './reservations.ts'
import { failureOf, isDenial } from './write-result.ts'

const marks = { uid: ORDER_UID, name: 'kbnt.io/order' } as const

/** The order that a reservation was made for; undefined = a client's own reservation. */
export function orderOf(reservation: Pick<Reservation, 'metadata'>): OrderId | undefined {
  return ownerOf(reservation, marks)
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
  async function change({ namespace, name, uid }: KnownReservation, spec: object): Promise<AskedHold> {
    try {
      const { body } = await client.mergePatch(namespace, name, { metadata: { uid }, spec })
      latest.wrote(body)
      return { kind: 'asked' }
    } catch (error) {
      if (isDenied(error)) return { kind: 'refused', reason: (error as Error).message }
      const isOver = isNotFound(error) || isApiError(error, 409) || failureOf(error).kind === 'refused'
      if (!isOver) throw error
      return { kind: 'asked' }
    }
  }

  return {
    nameOf: childNameOf,
    find: (order) => found(latest.of(keyOf(order.namespace, childNameOf(order))), order),
    async read(order) {
      const answer = await ifThere(client.get(order.namespace, childNameOf(order)))
      return found(answer?.body, order)
    },
    lends({ spec }) {
      const policies = spec.items.map(({ stockNamespace, stock }) => stocks.get(keyOf(stockNamespace, stock))?.spec)
      if (policies.some((terms) => terms?.reclaimPolicy === 'Return')) return true
      return policies.includes(undefined) ? undefined : false
    },
    async ask(order): Promise<AskedHold> {
      try {
        const { body } = await client.create(reservationFor(order))
        latest.wrote(body)
        return { kind: 'asked' }
      } catch (error) {
        if (isApiError(error, 409)) return { kind: 'asked' } // whose it is the next look tells
        if (!isDenied(error) && failureOf(error).kind !== 'refused') throw error
        return { kind: 'refused', reason: (error as Error).message }
      }
    },
    confirm: (reservation) => change(reservation, { state: 'Confirmed' }),
    release: (reservation) => change(reservation, { state: 'Released' }),
    extend: (reservation, ttlMs) => change(reservation, { ttl: ttlText(ttlMs) }),
    *owners() {
      for (const resource of cache.list()) {
        const order = orderOf(resource)
        const phase = resource.status?.phase
        if (order && phase !== 'Confirmed' && !isFinished(phase)) yield order
      }
    },
  }
}

/** Rights, a quota, a policy or a webhook stand against it: it was surely not done. */
function isDenied(error: unknown): boolean {
  return isApiError(error, 403) || (error instanceof ApiError && isDenial(error))
}

/** The longest that the schema takes. */
const LONGEST_TTL_MS = 8_760 * 3_600_000

/** As the schema takes it: it has no room for more than six digits. */
function ttlText(ms: number): string {
  const seconds = Math.ceil(Math.min(ms, LONGEST_TTL_MS) / 1_000)
  return `${Math.floor(seconds / 3_600)}h${seconds % 3_600}s`
}

/**
 * Marks can be written, and taken off, by whoever may write reservations: it is the one of an order only if it also holds
 * what that asks for, and stays it without its mark. Its name has the uid of the order in it.
 */
function isOf({ uid, spec }: AskedOrder, resource: Reservation): boolean {
  const marked = resource.metadata.labels?.[ORDER_UID]
  if (marked !== undefined && marked !== uid) return false
  if (!spec) return orderOf(resource)?.uid === uid
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
      labels: { [marks.uid]: uid },
      annotations: { [marks.name]: name },
    },
    spec: {
      items: items.map(({ stockNamespace = '', ...item }) => ({ stockNamespace, ...item })),
      ...{ state: 'Reserved', consumer: customer, ttl, waitFor, priority: 0 },
      note: `stock of Order ${name}`.slice(0, MAX_NOTE),
      ...(requestId !== undefined && { requestId }),
    },
  }
}
