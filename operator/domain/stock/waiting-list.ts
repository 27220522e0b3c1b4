/** One reservation in line. A set stands in the line of each of its stocks with the same rank. */
export interface Ticket {
  readonly uid: string
  readonly priority: number
  /** Milliseconds: the reservation's creation, not when it came to the line. */
  readonly createdAt: number
  readonly quantity: number
}

/**
 * The one order for all stocks: priority descending, then creation, then uid. Being the same everywhere it keeps two
 * sets from each heading the line that the other waits in.
 */
export function byRank(a: Ticket, b: Ticket): number {
  return b.priority - a.priority || a.createdAt - b.createdAt || (a.uid < b.uid ? -1 : Number(a.uid > b.uid))
}

/** The line before one stock, in rank order. */
export interface WaitingList<T extends Ticket> {
  readonly length: number
  /** Puts it in line, or at its new place when what it asks for has changed. */
  add(ticket: T): void
  /** The ticket that was in the line. */
  remove(uid: string): T | undefined
  get(uid: string): T | undefined
  has(uid: string): boolean
  /** 1 for the first; 0 when it isn't in the line. */
  position(uid: string): number
  [Symbol.iterator](): Iterator<T>
}

/** An empty line. Adding and removing cost a binary search and a move within an array of at most some thousands. */
export function waitingList<T extends Ticket>(): WaitingList<T> {
  const line: T[] = []
  const byUid = new Map<string, T>()

  function slot(ticket: Ticket): number {
    let low = 0
    let high = line.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (byRank(line[middle] as Ticket, ticket) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  function remove(uid: string): T | undefined {
    const ticket = byUid.get(uid)
    if (!ticket) return undefined
    byUid.delete(uid)
    line.splice(slot(ticket), 1)
    return ticket
  }

  return {
    get length() {
      return line.length
    },
    add(ticket) {
      remove(ticket.uid)
      byUid.set(ticket.uid, ticket)
      line.splice(slot(ticket), 0, ticket)
    },
    remove,
    has: (uid) => byUid.has(uid),
    get: (uid) => byUid.get(uid),
    position(uid) {
      const ticket = byUid.get(uid)
      return ticket ? slot(ticket) + 1 : 0
    },
    [Symbol.iterator]: () => line[Symbol.iterator](),
  }
}
