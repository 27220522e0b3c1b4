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
/** Transactions at once, and orders without which a further one is not worth while. */
const UNDER_WAY = 2
const WORTH_ANOTHER = 100
const STOCKS = 64
const WAITING = 4_096
/** How long an order is tried that surely was not done. */
const TRIED_FOR_MS = 5_000

/**
 * What is asked for while a transaction is under way goes together with the next; there is no timer, and nothing to do
 * while nobody asks. Where many wait, half of them go ahead: the database waits for their locks while it still ends the
 * transaction before, so that neither it nor we are idle. Nobody is answered before it is known whether it is kept.
 */
export class Lane {
  readonly #parts: LaneParts
  readonly #tries: Patience
  readonly #waiting = fifo<Ask>()
  #transactions = 0
  #underWay = 0

  constructor(parts: LaneParts, name: string) {
    this.#parts = parts
    this.#tries = patience(parts.patience, { operation: 'write rows', fields: { lane: name } })
  }

  /** Throws LedgerBusy where too many wait already. */
  ask(ask: Ask): void {
    if (this.#waiting.length >= WAITING) throw new LedgerBusy(`${WAITING} orders wait already for these stocks`)
    this.#waiting.push(ask)
    this.#begin()
  }

  #begin(): void {
    const enough = () => this.#waiting.length >= (this.#transactions === 0 ? 1 : WORTH_ANOTHER)
    while (this.#transactions < UNDER_WAY && enough()) void this.#run(this.#take())
  }

  async #run(asks: readonly Ask[]): Promise<void> {
    this.#transactions += 1
    this.#underWay += asks.length
    await this.#transact(asks)
    this.#transactions -= 1
    this.#underWay -= asks.length
    this.#begin()
  }

  #take(): Ask[] {
    const batch: Ask[] = []
    const stocks = new Set<string>()
    const half = Math.ceil((this.#waiting.length + this.#underWay) / UNDER_WAY)
    const most = Math.min(BATCH, Math.max(WORTH_ANOTHER, half))
    for (let next = this.#waiting.head; next && batch.length < most; next = this.#waiting.head) {
      const more = next.stocks.filter((stock) => !stocks.has(stock))
      if (batch.length > 0 && stocks.size + more.length > STOCKS) break
      for (const stock of more) stocks.add(stock)
      batch.push(next)
      this.#waiting.shift()
    }
    return batch
  }

  /**
   * Ends when each of the batch is answered. Whoever may be done already, because an answer to a commit was lost, is asked
   * for again until that is known, however long it takes.
   */
  async #transact(asks: readonly Ask[], mayBeDone = false): Promise<void> {
    const wait = backOff(this.#parts.clock, 5, 1_000)
    let left = asks
    let isUnsure = mayBeDone
    while (left.length > 0) {
      try {
        await this.#once(left, () => {
          isUnsure = false // all that was begun before has ended: what was not found was not done
        })
        break
      } catch (error) {
        if (error instanceof Oversold) return refuse(left, error)
        if (!(error instanceof NotWritten || error instanceof OutcomeUnknown)) return this.#split(left, isUnsure, error)
        isUnsure ||= error instanceof OutcomeUnknown
        this.#tries.failed({ cause: isUnsure ? 'unknown' : 'away', reason: error.message })
        if (!isUnsure) left = this.#withoutTheOld(left, error)
        this.#sendAwayTheOld(error)
        await wait()
      }
    }
    this.#tries.over()
  }

  /** The same again does it once: what was done is found under the lock, by its uid. */
  async #once(asks: readonly Ask[], onFound: () => void): Promise<void> {
    const orders = asks.map(({ order }) => order)
    let answers: readonly Answer[] = []
    await this.#parts.books.transact(wantedBy(asks), (found) => {
      onFound()
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

  /** One of them, or one stock, can't be written or decided: the others must not suffer for it. */
  async #split(asks: readonly Ask[], mayBeDone: boolean, error: unknown): Promise<void> {
    if (asks.length === 1) return refuse(asks, error)
    const byStock = Map.groupBy(asks, ({ stocks }) => stocks[0])
    const half = Math.ceil(asks.length / 2)
    const parts = byStock.size > 1 ? [...byStock.values()] : [asks.slice(0, half), asks.slice(half)]
    for (const part of parts) await this.#transact(part, mayBeDone)
  }
}

function away(error: Error): LedgerAway {
  return new LedgerAway(error.message, { cause: error })
}

function refuse(asks: readonly Ask[], error: unknown): void {
  for (const { reject } of asks) reject(error)
}

function uidsOf(asks: readonly Ask[], isMeant: (order: Order) => boolean): string[] {
  return [...new Set(asks.flatMap(({ order }) => (isMeant(order) ? [order.uid] : [])))]
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
    existing: uidsOf(asks, (order) => order.kind !== 'reserve'),
    ordered: uidsOf(asks, (order) => order.kind === 'reserve'),
    consumers: [...consumers.values()],
  }
}
