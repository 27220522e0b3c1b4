import { decideExpire } from '../../domain/stock/decide.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { OpenRows } from './open-rows.ts'
import type { Found } from './row-books.ts'

/** Holds whose time is up: they are ended before anybody is refused for want of their units. */
export class OverHolds {
  readonly #rows: OpenRows
  /** By the stock, uids of reservations. */
  readonly #byStock = new Map<string, Set<string>>()
  /** By the stock, how many more are over than were found. */
  readonly #more: ReadonlyMap<string, number>

  constructor({ over, overAt }: Found, rows: OpenRows) {
    this.#rows = rows
    for (const { stock, claim } of over) {
      const uids = this.#byStock.get(stock) ?? new Set()
      this.#byStock.set(stock, uids.add(claim.uid))
    }
    this.#more = new Map(overAt.map(({ stock, count }) => [stock, count - (this.#byStock.get(stock)?.size ?? 0)]))
  }

  /** Ends what is over at a stock and was found whole; answers whether there was any. */
  endAt(book: StockBook): boolean {
    const uids = this.#byStock.get(book.stock.uid) ?? []
    const at = this.#rows.at
    let ended = false
    for (const uid of uids) {
      if (this.#rows.haltedOf(uid) !== undefined) continue
      const did = this.#rows.settle(uid, (claim, home) => decideExpire(claim, home, at))
      ended ||= did
    }
    return ended
  }

  /** Whether units of it are over that are not among what was found, and so can't be taken back here. */
  hasMoreAt(book: StockBook): boolean {
    return (this.#more.get(book.stock.uid) ?? 0) > 0
  }
}
