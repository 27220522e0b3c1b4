/** Digits of a uid that all reservations of a namespace share: there they are found together, by the primary key alone. */
const SHARED = 6

/** SHA-256 each, in hexadecimal digits: of the namespace, and of what the reservation is known by, its namespace among it. */
export interface OrderDigests {
  readonly namespace: string
  readonly reservation: string
}

/**
 * The uid of a reservation whose row is known by its namespace and name: the same whoever asks, and nobody else's. RFC
 * 9562's version 8, in small letters.
 */
export function orderUidOf({ namespace, reservation }: OrderDigests): string {
  return written(namespace.slice(0, SHARED) + reservation.slice(SHARED))
}

/** The lowest and the highest uid that a reservation of a namespace may have; a few of others may lie between. */
export function orderUidsOf(namespace: OrderDigests['namespace']): { readonly first: string; readonly last: string } {
  const all = (digit: string) => written(namespace.slice(0, SHARED).padEnd(32, digit))
  return { first: all('0'), last: all('f') }
}

function written(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)]
  return [...parts, hex.slice(20, 32)].join('-')
}
