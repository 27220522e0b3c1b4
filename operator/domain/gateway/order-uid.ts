/**
 * The uid of a reservation whose row is known by its namespace and name: the same whoever asks, and nobody else's. RFC
 * 9562's version 8, in small letters. `hex`: SHA-256 of what it is known by.
 */
export function orderUidOf(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)]
  return [...parts, hex.slice(20, 32)].join('-')
}
