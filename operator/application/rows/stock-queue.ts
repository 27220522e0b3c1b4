import { type Clock, later, msBetween, type Tick } from '../clock.ts'
import { fifo } from '../fifo.ts'
import type { Answer, Order } from './order.ts'

/** An order that waits for its transaction. */
export interface Ask {
  readonly order: Order
  /** Where it has something, or wants it. */
  readonly stocks: readonly string[]
  readonly askedAt: Tick
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
  /** It may be done already, because the answer to a commit was lost: it is asked for until that is known. */
  inDoubt: boolean
}

/** Orders of one transaction. */
export const MOST_ORDERS = 500
const FIRST_REST_MS = 5
const LONGEST_REST_MS = 1_000
/** How long it is remembered that a stock is in trouble while nobody asks for it. */
const REMEMBERED_MS = 10_000

/** What waits for one home stock, and how its transactions go at present. */
export class StockQueue {
  readonly #clock: Pick<Clock, 'tick'>
  readonly #new = fifo<Ask>()
  /** Those that were tried in vain: the next to go. */
  #again: Ask[] = []
  #size = MOST_ORDERS
  #restMs = FIRST_REST_MS
  #restsUntil: Tick
  #failedAt: Tick | undefined

  constructor(clock: Pick<Clock, 'tick'>) {
    this.#clock = clock
    this.#restsUntil = clock.tick()
  }

  get length(): number {
    return this.#again.length + this.#new.length
  }

  get head(): Ask | undefined {
    return this.#again[0] ?? this.#new.head
  }

  /** Something of it has failed: nobody else's orders go with its own until those that failed are through. */
  get isAlone(): boolean {
    return this.#failedAt !== undefined
  }

  get isReady(): boolean {
    return this.length > 0 && msBetween(this.#restsUntil, this.#clock.tick()) >= 0
  }

  /** Whether there is nothing in it, and nothing to be remembered of it. */
  get isOver(): boolean {
    if (this.length > 0) return false
    return this.#failedAt === undefined || msBetween(this.#failedAt, this.#clock.tick()) >= REMEMBERED_MS
  }

  /** How many of it go together at most. */
  get size(): number {
    return this.#size
  }

  push(ask: Ask): void {
    this.#new.push(ask)
  }

  shift(): Ask | undefined {
    return this.#again.length > 0 ? this.#again.shift() : this.#new.shift()
  }

  /** Takes out and answers all that are meant. */
  remove(isMeant: (ask: Ask) => boolean): Ask[] {
    const all = [...this.#again]
    for (let next = this.#new.shift(); next; next = this.#new.shift()) all.push(next)
    const gone = all.filter(isMeant)
    const isGone = new Set(gone)
    this.#again = all.filter((ask) => !isGone.has(ask))
    return gone
  }

  /** Back to the head, in their order. */
  putBack(asks: readonly Ask[]): void {
    this.#again = [...asks, ...this.#again]
  }

  /** A transaction with `asks` of it has failed; `half` = it is tried with fewer. Answers how long it rests, in ms. */
  failed(asks: number, { half, rests }: { readonly half: boolean; readonly rests: boolean }): number {
    this.#failedAt = this.#clock.tick()
    if (half) this.#size = Math.max(1, Math.ceil(Math.min(this.#size, asks) / 2))
    if (!rests) return 0
    const restMs = this.#restMs
    this.#restsUntil = later(this.#failedAt, restMs)
    this.#restMs = Math.min(LONGEST_REST_MS, restMs * 2)
    return restMs
  }

  succeeded(): void {
    this.#size = Math.min(MOST_ORDERS, this.#size + Math.ceil(this.#size / 8))
    this.#restMs = FIRST_REST_MS
    if (this.#again.length === 0) this.#failedAt = undefined
  }
}
