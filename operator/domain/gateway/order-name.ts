const LENGTH = 25
const orderName = new RegExp(`^r-[a-z2-7]{${LENGTH}}$`)
const hash = /^[a-z2-7]{51}$/

/** The name of the reservation that an order with a key of its own becomes. `digest`: SHA-256 in base32, small letters, whole ones. */
export function orderNameOf(digest: string): string {
  return `r-${digest.slice(0, LENGTH)}`
}

/** The name of the Order that one with a key becomes. */
export function paidOrderNameOf(digest: string): string {
  return `o-${digest.slice(0, LENGTH)}`
}

/**
 * Whether a reservation looks as if it was made from such an order: by its name and the hash of what was ordered. Who made
 * it can't be told from that; anybody may write both.
 */
export function isKeyed(name: string, orderHash: string | undefined): boolean {
  return orderHash !== undefined && hash.test(orderHash) && orderName.test(name)
}
