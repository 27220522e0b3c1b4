import type { StockBook } from '../../domain/stock/stock-book.ts'
import { type Clock, longAgo, msBetween, type Tick } from '../clock.ts'

const FRESH_MS = 1_000

/** When the next hold of a stock runs out. Looked up at most once a second. */
export class SoonestDeadline {
  readonly #book: StockBook
  readonly #clock: Clock
  #soonest = Infinity
  #lookedAt: Tick = longAgo

  constructor(book: StockBook, clock: Clock) {
    this.#book = book
    this.#clock = clock
  }

  /** Milliseconds since 1970; undefined = nothing is held. */
  get(): number | undefined {
    if (msBetween(this.#lookedAt, this.#clock.tick()) >= FRESH_MS) this.#look()
    return Number.isFinite(this.#soonest) ? this.#soonest : undefined
  }

  #look(): void {
    this.#lookedAt = this.#clock.tick()
    this.#soonest = Infinity
    for (const { phase, deadline } of this.#book.claims.values())
      if (phase === 'Reserved') this.#soonest = Math.min(this.#soonest, deadline)
  }
}
