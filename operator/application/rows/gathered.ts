import type { Ask } from './stock-queue.ts'

/** Stocks that one transaction locks, and lines of its orders. */
export const STOCKS = 64
const LINES = 2_000

/** Orders that go together, within what one transaction may be. */
export class Gathered {
  readonly asks: Ask[] = []
  readonly #most: number
  readonly #without: ReadonlySet<string>
  readonly #stocks = new Set<string>()
  #lines = 0

  /** Takes nothing that wants one of the stocks in `without`. */
  constructor(most: number, without: ReadonlySet<string>) {
    this.#most = most
    this.#without = without
  }

  get isFull(): boolean {
    return this.asks.length >= this.#most
  }

  /** False = there is no room for it. */
  add(ask: Ask): boolean {
    if (ask.stocks.some((stock) => this.#without.has(stock))) return false
    const more = ask.stocks.filter((stock) => !this.#stocks.has(stock))
    const fits = this.#stocks.size + more.length <= STOCKS && this.#lines + ask.stocks.length <= LINES
    if (this.isFull || (this.asks.length > 0 && !fits)) return false
    for (const stock of more) this.#stocks.add(stock)
    this.#lines += ask.stocks.length
    this.asks.push(ask)
    return true
  }
}
