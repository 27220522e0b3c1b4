import type { ReportResult, Reservations } from '../../../application/reservation/reservations.ts'
import { isKeyed } from '../../../domain/gateway/order-name.ts'
import { keyOf, type Reservation, type ReservationStatus } from '../../../domain/reservation/reservation.ts'
import { ifThere } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { Reservation as Resource } from './generated/reservation.ts'
import { ORDER_HASH } from './order-hash.ts'
import { readable, reasonsIn } from './readable.ts'
import { removeExactly } from './remove-exactly.ts'
import { harmlessSpec, specFromResource } from './reservation-spec.ts'
import { stockUidsIn, toldFromStatus } from './told-status.ts'
import { failureOf } from './write-result.ts'

/** The uid of the Order that a reservation was made for. */
export const ORDER_UID = 'kbnt.io/order-uid'

export const reservationsResource = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'reservations',
  namespaced: true,
} as const

/** What the watch has brought. */
export interface ReservationCache {
  get(key: string): Resource | undefined
  list(): Iterable<Resource>
  /** Found by the indexer of the same name. */
  byIndex(index: string, value: string): Iterable<Resource>
}

const BY_STOCK = 'stock'

/** Finds reservations by the stocks that they name, `namespace/name`. */
export const reservationIndexers = {
  [BY_STOCK]: ({ metadata: { namespace = '' }, spec }: Resource): string[] =>
    spec.items.map(({ stockNamespace, stock }) => keyOf(stockNamespace || namespace, stock)),
}

export interface ReservationsParts {
  readonly client: ResourceClient<Resource>
  readonly cache: ReservationCache
  /** Those that are served at the moment; absent = all. */
  readonly namespaces?: () => readonly (string | undefined)[]
  readonly onServerDate: (date: number | undefined) => void
}

/** Reservations as the API server stores them. */
export function kubernetesReservations({ client, cache, namespaces, onServerDate }: ReservationsParts): Reservations {
  const converted = new WeakMap<Resource, Reservation>()

  function convert(resource: Resource): Reservation {
    const known = converted.get(resource)
    if (known) return known
    const reservation = reservationFromResource(resource)
    converted.set(resource, reservation)
    return reservation
  }

  return {
    find(key) {
      const resource = cache.get(key)
      return resource && convert(resource)
    },
    *all() {
      for (const resource of cache.list()) yield convert(resource)
    },
    *naming(stockNamespace, stock) {
      for (const resource of cache.byIndex(BY_STOCK, keyOf(stockNamespace, stock))) yield convert(resource)
    },
    async latest() {
      const asked = namespaces?.() ?? [undefined]
      const lists = await Promise.allSettled(asked.map((namespace) => client.list({ namespace })))
      const failures = lists.flatMap((list) => (list.status === 'rejected' ? [list.reason] : []))
      if (failures.length === lists.length && failures.length > 0) throw failures[0]
      const seen = [...cache.list()]
      const reservations = lists.flatMap((list, index) =>
        list.status === 'fulfilled'
          ? list.value.items.map(reservationFromResource)
          : seen.filter(({ metadata }) => metadata.namespace === asked[index]).map(convert),
      )
      const stale = asked.flatMap((namespace = '', index) => (lists[index]?.status === 'rejected' ? [namespace] : []))
      return { reservations, stale: new Set(stale) }
    },
    async read(namespace, name) {
      const answer = await ifThere(client.get(namespace, name))
      if (!answer) return undefined
      onServerDate(answer.date)
      return reservationFromResource(answer.body)
    },
    async report(base, status): Promise<ReportResult> {
      try {
        const { body, date } = await client.replaceStatus(resourceWithStatus(base, status))
        onServerDate(date)
        return { kind: 'reported', reservation: reservationFromResource(body) }
      } catch (error) {
        const failure = failureOf(error)
        return failure.kind === 'tooLarge' ? { kind: 'refused', reason: 'the status is too large' } : failure
      }
    },
    remove: (reservation) => removeExactly(client, reservation, onServerDate),
  }
}

/**
 * What the engine knows of one stored Reservation; its lines in the order of their stocks, the home first. Never throws:
 * what can't be read is marked, and has no status.
 */
export function reservationFromResource({ metadata, spec, status }: Resource): Reservation {
  const {
    namespace = '',
    name = '',
    uid = '',
    resourceVersion = '',
    generation = 0,
    creationTimestamp = '',
    deletionTimestamp,
    annotations,
    labels,
  } = metadata
  const order = labels?.[ORDER_UID]
  const wanted = readable(() => specFromResource(spec, namespace))
  const told = readable(() => status && toldFromStatus(status))
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    generation,
    createdAt: Date.parse(creationTimestamp),
    deleting: deletionTimestamp !== undefined,
    ...(isKeyed(name, annotations?.[ORDER_HASH]) && { keyed: true as const }),
    ...(order !== undefined && { order }),
    spec: 'value' in wanted ? wanted.value : harmlessSpec(spec, namespace),
    ...('value' in wanted && 'value' in told
      ? told.value && { status: told.value }
      : { unreadable: reasonsIn(wanted, told), namedStockUids: stockUidsIn(status) }),
  }
}

/** All that a PUT of the status reads: identity, the exact version, and the status. */
function resourceWithStatus(
  { namespace, name, uid, resourceVersion }: Reservation,
  status: ReservationStatus,
): Resource {
  const metadata = { namespace, name, uid, resourceVersion }
  return { apiVersion: 'kbnt.io/v1beta1', kind: 'Reservation', metadata, status } as unknown as Resource
}
