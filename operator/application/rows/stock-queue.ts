import { type Clock, msBetween, type Tick } from '../clock.ts'
import { fifo } from '../fifo.ts'
import type { Fault } from './failure.ts'
import type { Answer, Order } from './order.ts'
import { Rest } from './rest.ts'

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
/** Another connection may work at once; a row that somebody keeps is not let go of sooner because it is asked for. */
export const LONGEST_REST_MS: Readonly<Record<Fault, number>> = {
  database: 100,
  stocks: 1_000,
  size: 1_000,
  orders: 1_000,
}
/** Failures in a row after which fewer are tried whatever is said to be the reason: some wire may end what takes long. */
const IN_VAIN = 8
/** How long it is remembered that a stock is in trouble while nobody asks for it. */
const REMEMBERED_MS = 10_000

/** How orders of a stock have failed. */
export interface Failure {
  readonly fault: Fault
  readonly asks: number
  /** No other stock was with them. */
  readonly byItself: boolean
  /** There is something to wait for before the next try. */
  readonly rests: boolean
}

/** The same of a transaction. */
export interface BatchFailure extends Pick<Failure, 'fault' | 'rests'> {
  /** Stocks at which alone it lies; undefined = any of those that it was for may be at fault. */
  readonly suspects: readonly string[] | undefined
}

/** What waits for one home stock, and how its transactions go at present. */
export class StockQueue {
  readonly #clock: Pick<Clock, 'tick'>
  readonly #new = fifo<Ask>()
  readonly #kinds = new Map<Order['kind'], number>()
  /** Those that were tried in vain: the next to go. */
  #again: Ask[] = []
  #size = MOST_ORDERS
  readonly #rest: Rest
  #failedAt: Tick | undefined
  #failures = 0
  #isSuspect = false

  /** `onReady` is called when it may be tried again. */
  constructor(clock: Pick<Clock, 'tick' | 'schedule'>, onReady: () => void) {
    this.#clock = clock
    this.#rest = new Rest(clock, onReady)
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

  /** What has failed may lie at this stock or at its orders; otherwise it was the database, and others have failed, too. */
  get isSuspect(): boolean {
    return this.#isSuspect
  }

  get isReady(): boolean {
    return this.length > 0 && this.#rest.isOver
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

  /** How many wait, by what they want. */
  get kinds(): ReadonlyMap<Order['kind'], number> {
    return this.#kinds
  }

  push(ask: Ask): void {
    this.#new.push(ask)
    this.#count(ask, 1)
  }

  shift(): Ask | undefined {
    const ask = this.#again.length > 0 ? this.#again.shift() : this.#new.shift()
    if (ask) this.#count(ask, -1)
    return ask
  }

  #count({ order: { kind } }: Ask, more: number): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + more)
  }

  /** Takes out and answers all that are meant. */
  remove(isMeant: (ask: Ask) => boolean): Ask[] {
    const all = [...this.#again]
    for (let next = this.#new.shift(); next; next = this.#new.shift()) all.push(next)
    const gone = all.filter(isMeant)
    const isGone = new Set(gone)
    this.#again = all.filter((ask) => !isGone.has(ask))
    for (const ask of gone) this.#count(ask, -1)
    return gone
  }

  /** Back to the head, in their order. */
  putBack(asks: readonly Ask[]): void {
    this.#again = [...asks, ...this.#again]
    for (const ask of asks) this.#count(ask, 1)
  }

  failed({ fault, asks, byItself, rests }: Failure): void {
    this.#failedAt = this.#clock.tick()
    this.#failures += 1
    if (fault !== 'database') this.#isSuspect = true
    const fewerMayDo = fault === 'orders' || fault === 'size' || this.#failures % IN_VAIN === 0
    if (byItself && fewerMayDo) this.#size = Math.max(1, Math.ceil(Math.min(this.#size, asks) / 2))
    if (rests) this.#rest.begin(LONGEST_REST_MS[fault])
  }

  succeeded(): void {
    this.#size = Math.min(MOST_ORDERS, this.#size + Math.ceil(this.#size / 8))
    this.#rest.end()
    this.#failures = 0
    this.#isSuspect = false
    if (this.#again.length === 0) this.#failedAt = undefined
  }
}
