import type { Caller } from '../../../application/gateway/caller.ts'
import type { ReservationDraft, ReservationFilter, Reservations } from '../../../application/gateway/objects.ts'
import type { CallerCalls } from '../access/guest-calls.ts'
import { type CachedObjects, gatewayObjects, written } from './gateway-objects.ts'
import type { Reservation } from './generated/reservation.ts'
import { ORDER_HASH } from './order-hash.ts'
import { seenReservation } from './shown-reservation.ts'

export interface GatewayReservationsParts {
  readonly cache: CachedObjects<Reservation>
  readonly as: (caller: Caller) => CallerCalls<Reservation>
}

/** Reservations as the gateway reads them from its watch, and writes them in the caller's name. */
export function gatewayReservations({ cache, as }: GatewayReservationsParts): Reservations {
  return {
    ...gatewayObjects({ cache, as, seen: seenReservation, matches }),
    create: (caller, draft) => written(as(caller).create(resourceOf(draft)), seenReservation),
    patch: (caller, namespace, name, change) =>
      written(as(caller).mergePatch(namespace, name, { spec: change }), seenReservation),
  }
}

function matches({ metadata, spec, status }: Reservation, { stock, consumer, phase }: ReservationFilter): boolean {
  if (consumer !== undefined && spec.consumer !== consumer) return false
  if (phase !== undefined && (status?.phase ?? 'Pending') !== phase) return false
  if (stock === undefined) return true
  const own = metadata.namespace ?? ''
  return spec.items.some((item) => item.stock === stock.name && (item.stockNamespace || own) === stock.namespace)
}

function resourceOf({ namespace, name, order, orderHash, requestId }: ReservationDraft): Reservation {
  return {
    apiVersion: 'kbnt.io/v1beta1',
    kind: 'Reservation',
    metadata: { namespace, name, annotations: { [ORDER_HASH]: orderHash } },
    spec: { ...order, requestId } as Reservation['spec'],
  }
}
