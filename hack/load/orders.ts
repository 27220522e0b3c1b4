/** What clients of the load can ask for, wherever the books of its stocks are. */
export interface LoadOrders {
  /** One unit of a stock, under the number of the order. Throws where it was not taken. */
  reserve(order: number, stock: string): Promise<unknown>
  /** False = there is no such reservation; undefined asks for one that nobody made. Throws whatever else should not be. */
  end(order: number | undefined, state: 'Confirmed' | 'Released'): Promise<boolean>
  /** How many reservations of the load are in each phase. */
  phases(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

export function nameOf(order: number | undefined): string {
  return order === undefined ? 'no-such-order' : `order-${order}`
}

/** Fifty consumers share the orders. */
export function consumerOf(order: number): string {
  return `consumer-${order % 50}`
}

/** How long a hold lasts: longer than any load. */
export const TTL_MS = 4 * 3_600_000
