import { backOff, type Clock, msBetween, type Tick } from '../clock.ts'
import { fifo } from '../fifo.ts'
import { type Patience, type PatienceParts, patience } from '../patience.ts'
import { decideOrders } from './decide-orders.ts'
import { type Answer, LedgerAway, LedgerBusy, type Order } from './order.ts'
import { NotWritten, OutcomeUnknown, Oversold, type RowBooks, type Wanted } from './row-books.ts'

/** An order that waits for its transaction. */
export interface Ask {
  readonly order: Order
  /** Where it has something, or wants it. */
  readonly stocks: readonly string[]
  readonly askedAt: Tick
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

export interface LaneParts {
  readonly books: RowBooks
  readonly clock: Clock
  readonly patience: PatienceParts
}

/** Orders of one transaction, stocks that it locks, and orders that may wait for the next ones. */
const BATCH = 500
const STOCKS = 64
const WAITING = 4_096
/** How long an order is tried that surely was not done. */
const TRIED_FOR_MS = 5_000

/**
 * One transaction at a time. What is asked for while one is under way goes together with the next; there is no timer, and
 * nothing to do while nobody asks. Nobody is answered before it is known whether it is kept.
 */
export class Lane {
  readonly #parts: LaneParts
  readonly #tries: Patience
  readonly #waiting = fifo<Ask>()
  #isRunning = false

  constructor(parts: LaneParts, name: string) {
    this.#parts = parts
    this.#tries = patience(parts.patience, { operation: 'write rows', fields: { lane: name } })
  }

  /** Throws LedgerBusy where too many wait already. */
  ask(ask: Ask): void {
    if (this.#waiting.length >= WAITING) throw new LedgerBusy(`${WAITING} orders wait already for these stocks`)
    this.#waiting.push(ask)
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) await this.#transact(this.#take())
    this.#isRunning = false
  }

  #take(): Ask[] {
    const batch: Ask[] = []
    const stocks = new Set<string>()
    for (let next = this.#waiting.head; next && batch.length < BATCH; next = this.#waiting.head) {
      const more = next.stocks.filter((stock) => !stocks.has(stock))
      if (batch.length > 0 && stocks.size + more.length > STOCKS) break
      for (const stock of more) stocks.add(stock)
      batch.push(next)
      this.#waiting.shift()
    }
    return batch
  }

  /** Ends when each of the batch is answered. */
  async #transact(asks: readonly Ask[]): Promise<void> {
    const wait = backOff(this.#parts.clock, 5, 1_000)
    let left = asks
    let mayBeDone = false
    while (left.length > 0) {
      try {
        await this.#once(left)
        this.#tries.over()
        return
      } catch (error) {
        if (error instanceof Oversold) return refuse(left, error)
        if (!(error instanceof NotWritten || error instanceof OutcomeUnknown)) return this.#split(left, error)
        mayBeDone ||= error instanceof OutcomeUnknown
        this.#tries.failed({ cause: mayBeDone ? 'unknown' : 'away', reason: error.message })
        // whoever may be done already is asked for again until that is known, however long it takes
        if (!mayBeDone) left = this.#withoutTheOld(left, error)
        this.#sendAwayTheOld(error)
        await wait()
      }
    }
    this.#tries.over()
  }

  /** The same again does it once: what was done is found under the lock, by its uid. */
  async #once(asks: readonly Ask[]): Promise<void> {
    const orders = asks.map(({ order }) => order)
    let answers: readonly Answer[] = []
    await this.#parts.books.transact(wantedBy(asks), (found) => {
      const decided = decideOrders(found, orders)
      answers = decided.answers
      return decided.changes
    })
    for (const [index, ask] of asks.entries()) ask.resolve(answers[index] as Answer)
  }

  #withoutTheOld(asks: readonly Ask[], error: Error): readonly Ask[] {
    refuse(
      asks.filter((ask) => this.#isOld(ask)),
      away(error),
    )
    return asks.filter((ask) => !this.#isOld(ask))
  }

  /** Whoever waits behind a transaction that does not get on. */
  #sendAwayTheOld(error: Error): void {
    for (let next = this.#waiting.head; next && this.#isOld(next); next = this.#waiting.head) {
      refuse([next], away(error))
      this.#waiting.shift()
    }
  }

  #isOld({ askedAt }: Ask): boolean {
    return msBetween(askedAt, this.#parts.clock.tick()) >= TRIED_FOR_MS
  }

  /** One of them can't be written or decided: the others must not suffer for it. */
  async #split(asks: readonly Ask[], error: unknown): Promise<void> {
    if (asks.length === 1) return refuse(asks, error)
    const half = Math.ceil(asks.length / 2)
    await this.#transact(asks.slice(0, half))
    await this.#transact(asks.slice(half))
  }
}

function away(error: Error): LedgerAway {
  return new LedgerAway(error.message, { cause: error })
}

function refuse(asks: readonly Ask[], error: unknown): void {
  for (const { reject } of asks) reject(error)
}

function wantedBy(asks: readonly Ask[]): Wanted {
  const consumers = new Map<string, Wanted['consumers'][number]>()
  for (const { order } of asks) {
    if (order.kind !== 'reserve' || order.about.consumer === undefined) continue
    const { consumer } = order.about
    for (const { stock } of order.lines) consumers.set(`${stock} ${consumer}`, { stock, consumer })
  }
  return {
    stocks: [...new Set(asks.flatMap(({ stocks }) => stocks))],
    reservations: [...new Set(asks.map(({ order: { uid } }) => uid))],
    consumers: [...consumers.values()],
  }
}
