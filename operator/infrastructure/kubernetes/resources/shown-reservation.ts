import type { Reservation as Shown } from '../../../application/gateway/generated/contract.ts'
import type { SeenReservation } from '../../../application/gateway/objects.ts'
import { present } from '../../../application/gateway/present.ts'
import type { Reservation } from './generated/reservation.ts'
import { ORDER_HASH } from './order-hash.ts'

const hasUnits: ReadonlySet<string> = new Set(['Reserved', 'Confirmed'])

/** A Reservation as the gateway shows it. */
export function seenReservation(resource: Reservation): SeenReservation {
  const { metadata, status } = resource
  const { namespace = '', name = '', uid = '', generation = 0, resourceVersion = '', annotations = {} } = metadata
  const orderHash = annotations[ORDER_HASH]
  const [line, ...others] = status?.items ?? []
  return {
    ...{ namespace, name, uid, generation, position: resourceVersion, shown: shownReservation(resource) },
    ...{ phase: status?.phase, reason: status?.reason, judged: status?.observedGeneration ?? 0 },
    ...(orderHash !== undefined && { orderHash }),
    ...(line && others.length === 0 && { line: { ...line, namespace: line.stockNamespace } }),
  }
}

/** What `seenReservation` reads of one: not its conditions, which say the same again and are a fifth of it in memory. */
export function keptReservation(resource: Reservation): Reservation {
  if (!resource.status?.conditions) return resource
  const { conditions: _, ...status } = resource.status
  return { ...resource, status }
}

function shownReservation({ metadata, spec, status }: Reservation): Shown {
  const { namespace = '', name = '', creationTimestamp: createdAt } = metadata
  const { consumer, requestId, note, state: wanted } = spec
  const {
    phase = 'Pending',
    reason,
    message,
    reservedAt,
    expiresAt,
    confirmedAt,
    finishedAt,
    totalPrice,
  } = status ?? {}
  const items = linesOf({ metadata, spec, ...(status && { status }) })
  const reserved = hasUnits.has(phase) ? items.reduce((sum, { quantity }) => sum + quantity, 0) : 0
  return {
    ...{ reservationId: name, namespace, phase, items, reserved, wanted },
    ...present({ reason, message, consumer, requestId, note, reservedAt, expiresAt, confirmedAt, finishedAt }),
    ...present({ totalPrice, createdAt }),
    ...(status?.waitlist && placeOf(status.waitlist)),
  }
}

function linesOf({ metadata, spec, status }: Reservation): Shown['items'] {
  const told = status?.items
  const lines: readonly {
    stockNamespace: string
    stock: string
    quantity: number
    unitPrice?: Shown['items'][number]['unitPrice']
  }[] = told ?? spec.items
  return lines.map(({ stockNamespace, stock, quantity, unitPrice }) => {
    const of = stockNamespace || (metadata.namespace ?? '')
    const short = status?.waitlist?.shortages?.find((one) => one.stock === stock && one.stockNamespace === of)
    return {
      ...{ stockId: stock, stockNamespace: of, quantity },
      ...present({ unitPrice, missing: short?.missing }),
    }
  })
}

function placeOf({ since, until, position }: NonNullable<NonNullable<Reservation['status']>['waitlist']>) {
  return present({ waitingSince: since, waitsUntil: until, position })
}
