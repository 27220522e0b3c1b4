import { type Clock, msBetween } from '../clock.ts'
import { type Patience, type PatienceParts, patience } from '../patience.ts'
import { attempt } from './attempt.ts'
import { Gathered, STOCKS } from './gathered.ts'
import { LedgerAway, LedgerBusy } from './order.ts'
import { NotWritten, OutcomeUnknown, Oversold, type RowBooks } from './row-books.ts'
import { type Ask, MOST_ORDERS, StockQueue } from './stock-queue.ts'

export interface LaneParts {
  readonly books: RowBooks
  readonly clock: Clock
  readonly patience: PatienceParts
}

/** Transactions at once, and orders without which a further one is not worth while. */
const UNDER_WAY = 2
const WORTH_ANOTHER = 100
/** Orders that may wait for the next ones. */
const WAITING = 4_096
/** How long an order is tried that surely was not done, and how often that is looked at. */
const TRIED_FOR_MS = 5_000
const LOOK_EVERY_MS = 1_000

interface Batch {
  readonly asks: Ask[]
  readonly isAlone: boolean
}

/**
 * What is asked for while a transaction is under way goes together with the next; nothing is to be done while nobody asks.
 * Where many wait, half of them go ahead: the database waits for their locks while it still ends the transaction before,
 * so that neither it nor we are idle. Each home stock has its own queue; one whose transactions fail goes alone, so that
 * the others always have a transaction that is theirs. Nobody is answered before it is known whether it is kept.
 */
export class Lane {
  readonly #parts: LaneParts
  readonly #tries: Patience
  /** By the home stock, the next to be served first: those that have somebody waiting, and those that fail. */
  readonly #together = new Map<string, StockQueue>()
  readonly #alone = new Map<string, StockQueue>()
  #waiting = 0
  #waitingAlone = 0
  #underWay = 0
  readonly #transactions = { alone: 0, together: 0 }
  #looks = false

  constructor(parts: LaneParts, name: string) {
    this.#parts = parts
    this.#tries = patience(parts.patience, { operation: 'write rows', fields: { lane: name } })
  }

  /** Throws LedgerBusy where too many wait already. */
  ask(ask: Ask): void {
    if (this.#waiting >= WAITING) throw new LedgerBusy(`${WAITING} orders wait already for these stocks`)
    const home = homeOf(ask)
    this.#queueOf(home).push(ask)
    this.#waiting += 1
    if (this.#alone.has(home)) this.#waitingAlone += 1
    this.#begin()
    this.#look()
  }

  #queueOf(home: string): StockQueue {
    const known = this.#alone.get(home) ?? this.#together.get(home)
    if (known) return known
    const queue = new StockQueue(this.#parts.clock)
    this.#together.set(home, queue)
    return queue
  }

  #begin(): void {
    const { alone, together } = this.#transactions
    if (alone + together >= UNDER_WAY) return
    const batch = this.#takeAlone() ?? this.#takeTogether()
    if (!batch) return
    void this.#run(batch)
    this.#begin()
  }

  async #run(batch: Batch): Promise<void> {
    const { asks, isAlone } = batch
    const kind = isAlone ? 'alone' : 'together'
    this.#transactions[kind] += 1
    this.#underWay += asks.length
    const error = await attempt(this.#parts.books, asks, (ask) => this.#isOld(ask))
    if (error === undefined) this.#succeeded(asks)
    else await this.#failed(asks, error)
    this.#transactions[kind] -= 1
    this.#underWay -= asks.length
    this.#begin()
  }

  #takeAlone(): Batch | undefined {
    if (this.#transactions.alone > 0) return undefined
    for (const [home, queue] of this.#alone) {
      if (!queue.isReady) continue
      const batch = new Gathered(queue.size)
      this.#waitingAlone -= this.#take(batch, queue, queue.size)
      this.#alone.delete(home)
      this.#alone.set(home, queue) // the others first, the next time
      return { asks: batch.asks, isAlone: true }
    }
    return undefined
  }

  #takeTogether(): Batch | undefined {
    const waiting = this.#waiting - this.#waitingAlone
    if (waiting < (this.#transactions.together === 0 ? 1 : WORTH_ANOTHER)) return undefined
    const half = Math.ceil((waiting + this.#underWay) / UNDER_WAY)
    const most = Math.min(MOST_ORDERS, Math.max(WORTH_ANOTHER, half))
    const batch = new Gathered(most)
    const served = firstOf(this.#together, STOCKS)
    const share = Math.ceil(most / served.length)
    for (const [, queue] of served) this.#take(batch, queue, share) // everybody's share first
    for (const [home, queue] of served) {
      this.#take(batch, queue, most)
      this.#together.delete(home)
      if (queue.length > 0) this.#together.set(home, queue) // behind those that were not served
    }
    return { asks: batch.asks, isAlone: false }
  }

  /** Moves up to `most` of a queue into a batch, as far as there is room. Answers how many. */
  #take(batch: Gathered, queue: StockQueue, most: number): number {
    let taken = 0
    for (let next = queue.head; next && taken < Math.min(most, queue.size) && batch.add(next); next = queue.head) {
      queue.shift()
      taken += 1
    }
    this.#waiting -= taken
    return taken
  }

  #succeeded(asks: readonly Ask[]): void {
    for (const home of new Set(asks.map(homeOf))) {
      const queue = this.#alone.get(home)
      queue?.succeeded()
      if (!queue || queue.isAlone) continue
      this.#alone.delete(home)
      this.#waitingAlone -= queue.length
      if (queue.length > 0) this.#together.set(home, queue)
    }
    if (this.#alone.size === 0) this.#tries.over()
  }

  async #failed(asks: readonly Ask[], error: unknown): Promise<void> {
    this.#tries.failed({ cause: causeOf(error), reason: error instanceof Error ? error.message : String(error) })
    const passes = error instanceof NotWritten || error instanceof OutcomeUnknown
    const isFault = !passes && (await this.#isTheirFault(asks, error))
    const [lost, left] = isFault ? parted(asks, ({ inDoubt }) => !inDoubt) : [[], asks]
    for (const { reject } of lost) reject(error)
    const byHome = Map.groupBy(left, homeOf)
    for (const [home, of] of byHome) this.#putBack(home, of, { half: byHome.size === 1, rests: passes || isFault })
    this.#look()
  }

  /** They are the next of their stock, which goes alone from now on. */
  #putBack(home: string, asks: readonly Ask[], how: { readonly half: boolean; readonly rests: boolean }): void {
    const queue = this.#queueOf(home)
    const isNew = this.#together.delete(home)
    queue.putBack(asks)
    this.#waiting += asks.length
    this.#waitingAlone += isNew ? queue.length : asks.length
    this.#alone.set(home, queue)
    const restMs = queue.failed(asks.length, how)
    if (restMs > 0) this.#parts.clock.schedule(restMs, () => this.#begin())
  }

  /** Whether what failed is known to be the fault of these, so that trying once more is in vain. */
  async #isTheirFault(asks: readonly Ask[], error: unknown): Promise<boolean> {
    const stocks = new Set(asks.flatMap((ask) => ask.stocks))
    if (asks.length > 1 && !(error instanceof Oversold && stocks.size === 1)) return false
    const only = stocks.size === 1 ? [...stocks][0] : undefined
    const stock = error instanceof Oversold ? (error.stock ?? only) : undefined
    // where that is not kept, the next one halts it
    if (stock !== undefined) await this.#parts.books.halt(stock).catch(() => undefined)
    return true
  }

  #isOld({ askedAt }: Ask): boolean {
    return msBetween(askedAt, this.#parts.clock.tick()) >= TRIED_FOR_MS
  }

  /** Looks now and then, for as long as anybody waits or is in trouble, who has waited for too long. */
  #look(): void {
    if (this.#looks || (this.#waiting === 0 && this.#alone.size === 0)) return
    this.#looks = true
    this.#parts.clock.schedule(LOOK_EVERY_MS, () => {
      this.#looks = false
      this.#sendAwayTheOld()
      this.#look()
    })
  }

  #sendAwayTheOld(): void {
    for (const [home, queue] of this.#together) {
      this.#sendAway(queue)
      if (queue.length === 0) this.#together.delete(home)
    }
    for (const [home, queue] of this.#alone) {
      this.#waitingAlone -= this.#sendAway(queue)
      if (queue.isOver) this.#alone.delete(home)
    }
  }

  /** Answers how many. Whoever may be done already stays. */
  #sendAway(queue: StockQueue): number {
    const now = this.#parts.clock.tick()
    const reason = this.#tries.hitch?.reason ?? 'more is asked for than the database takes'
    const old = queue.remove(({ askedAt, inDoubt }) => !inDoubt && msBetween(askedAt, now) >= TRIED_FOR_MS)
    this.#waiting -= old.length
    for (const { reject } of old) reject(new LedgerAway(reason))
    return old.length
  }
}

function firstOf<K, V>(map: ReadonlyMap<K, V>, most: number): [K, V][] {
  const first: [K, V][] = []
  for (const entry of map) {
    if (first.length === most) break
    first.push(entry)
  }
  return first
}

function parted(asks: readonly Ask[], isMeant: (ask: Ask) => boolean): [Ask[], Ask[]] {
  return [asks.filter(isMeant), asks.filter((ask) => !isMeant(ask))]
}

/** The first in the order in which stocks are locked. */
export function homeOf({ stocks }: Pick<Ask, 'stocks'>): string {
  return stocks.length === 1 ? (stocks[0] as string) : ([...stocks].sort()[0] ?? '')
}

function causeOf(error: unknown): string {
  if (error instanceof OutcomeUnknown) return 'unknown'
  if (error instanceof NotWritten) return 'away'
  return error instanceof Oversold ? 'oversold' : 'broken'
}
