import { SparseMap } from '../sparse-map.ts'

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

/**
 * The line before one stock, in rank order. Adding and removing cost a binary search and a move within an array of at
 * most some thousands.
 */
export class WaitingList<T extends Ticket> {
  readonly #line: T[] = []
  readonly #byUid = new SparseMap<string, T>()

  get length(): number {
    return this.#line.length
  }

  /** Puts it in line, or at its new place when what it asks for has changed. */
  add(ticket: T): void {
    this.remove(ticket.uid)
    this.#byUid.set(ticket.uid, ticket)
    this.#line.splice(this.#slot(ticket), 0, ticket)
  }

  /** The ticket that was in the line. */
  remove(uid: string): T | undefined {
    const ticket = this.#byUid.get(uid)
    if (!ticket) return undefined
    this.#byUid.delete(uid)
    this.#line.splice(this.#slot(ticket), 1)
    return ticket
  }

  get(uid: string): T | undefined {
    return this.#byUid.get(uid)
  }

  has(uid: string): boolean {
    return this.#byUid.has(uid)
  }

  /** 1 for the first; 0 when it isn't in the line. */
  position(uid: string): number {
    const ticket = this.#byUid.get(uid)
    return ticket ? this.#slot(ticket) + 1 : 0
  }

  [Symbol.iterator](): ArrayIterator<T> {
    return this.#line[Symbol.iterator]()
  }

  #slot(ticket: Ticket): number {
    let low = 0
    let high = this.#line.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (byRank(this.#line[middle] as Ticket, ticket) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
