import type { Clock } from '../clock.ts'
import { Gathered, STOCKS } from './gathered.ts'
import { type Ask, type BatchFailure, MOST_ORDERS, StockQueue } from './stock-queue.ts'

/** Orders without which a further transaction is not worth while. */
const WORTH_ANOTHER = 100

/** What is under way besides. */
interface Surroundings {
  readonly beside: boolean
  readonly atOnce: number
  /** Stocks of transactions that are held up: whoever wants them, too, would only be held up with them. */
  readonly heldUp: ReadonlySet<string>
}

/**
 * What waits in a lane, by the home stock. Those whose transactions fail go apart from the others: one at a time where it
 * may lie at them; else, after an outage, with more and more of their like for as long as that works.
 */
export class LaneQueues {
  readonly #clock: Clock
  readonly #onReady: () => void
  /** The next to be served first: those that have somebody waiting, and those that fail. */
  readonly #together = new Map<string, StockQueue>()
  readonly #alone = new Map<string, StockQueue>()
  #waiting = 0
  #waitingAlone = 0
  /** Of those that fail, so many stocks may go with one another. */
  #likely = 1

  /** `onReady` is called when one that has rested may be tried again. */
  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock
    this.#onReady = onReady
  }

  get waiting(): number {
    return this.#waiting
  }

  get someFail(): boolean {
    return this.#alone.size > 0
  }

  /** What waits for a home stock; undefined = nothing does. */
  at(home: string): StockQueue | undefined {
    const queue = this.#alone.get(home) ?? this.#together.get(home)
    return queue && queue.length > 0 ? queue : undefined
  }

  /** How many wait in the queue in which this one would. */
  waitingWith(ask: Ask): number {
    const place = this.#placeOf(ask)
    return (this.#alone.get(place) ?? this.#together.get(place))?.length ?? 0
  }

  push(ask: Ask): void {
    this.#put(this.#placeOf(ask), ask)
  }

  #put(place: string, ask: Ask): void {
    this.#queueOf(place).push(ask)
    this.#waiting += 1
    if (this.#alone.has(place)) this.#waitingAlone += 1
  }

  /** A set waits with that of its stocks that is in trouble, or it would hold up the others. */
  #placeOf(ask: Ask): string {
    return ask.stocks.find((stock) => this.#alone.get(stock)?.isSuspect) ?? homeOf(ask)
  }

  #queueOf(home: string): StockQueue {
    const known = this.#alone.get(home) ?? this.#together.get(home)
    if (known) return known
    const queue = new StockQueue(this.#clock, this.#onReady)
    this.#together.set(home, queue)
    return queue
  }

  /** The next transaction of stocks that fail, without those that are `heldUp`; undefined = none of them is ready. */
  takeAlone(heldUp: ReadonlySet<string>): Ask[] | undefined {
    const batch = new Gathered(MOST_ORDERS, heldUp)
    for (const [home, queue] of this.#nextAlone(heldUp)) {
      this.#waitingAlone -= this.#take(batch, queue, queue.size)
      this.#alone.delete(home)
      this.#alone.set(home, queue) // the others first, the next time
    }
    return batch.asks.length > 0 ? batch.asks : undefined
  }

  #nextAlone(heldUp: ReadonlySet<string>): [string, StockQueue][] {
    const next: [string, StockQueue][] = []
    for (const entry of this.#alone) {
      const [, queue] = entry
      if (!queue.isReady || touches(queue.head, heldUp) || (queue.isSuspect && next.length > 0)) continue
      next.push(entry)
      if (queue.isSuspect || next.length === this.#likely) break
    }
    return next
  }

  /**
   * The next transaction of all others, without the stocks that are held up; undefined = nobody waits, or too few for it
   * beside what is `underWay`. Everybody has a share of it.
   */
  takeTogether(underWay: number, { beside, atOnce, heldUp }: Surroundings): Ask[] | undefined {
    this.#setAside(heldUp)
    const waiting = this.#waiting - this.#waitingAlone
    if (waiting < (beside ? WORTH_ANOTHER : 1)) return undefined
    const half = Math.ceil((waiting + underWay) / atOnce)
    const most = Math.min(MOST_ORDERS, Math.max(WORTH_ANOTHER, half))
    const batch = new Gathered(most, heldUp)
    const served = firstOf(this.#together, STOCKS, ({ head }) => !touches(head, heldUp))
    const share = Math.ceil(most / served.length)
    for (const [, queue] of served) this.#take(batch, queue, share) // everybody's share first
    for (const [home, queue] of served) {
      this.#take(batch, queue, most)
      this.#together.delete(home)
      if (queue.length > 0) this.#together.set(home, queue) // behind those that were not served
    }
    return batch.asks.length > 0 ? batch.asks : undefined
  }

  /** Sets wait with that of their stocks that is held up: others of their home must not wait behind them. */
  #setAside(heldUp: ReadonlySet<string>): void {
    const heldUpOf = (ask: Ask | undefined) => ask?.stocks.find((stock) => heldUp.has(stock))
    for (const [home, queue] of heldUp.size > 0 ? this.#together : []) {
      if (heldUp.has(home)) continue
      for (let stock = heldUpOf(queue.head); stock !== undefined; stock = heldUpOf(queue.head)) {
        this.#put(stock, queue.shift() as Ask)
        this.#waiting -= 1
      }
    }
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

  /** All of a transaction are answered. */
  succeeded(asks: readonly Ask[], { isAlone }: { isAlone: boolean }): void {
    if (isAlone) this.#likely = Math.min(STOCKS, this.#likely * 2)
    for (const home of new Set(asks.map((ask) => this.#placeOf(ask)))) {
      const queue = this.#alone.get(home)
      queue?.succeeded()
      if (!queue || queue.isAlone) continue
      this.#alone.delete(home)
      this.#waitingAlone -= queue.length
      if (queue.length > 0) this.#together.set(home, queue)
    }
  }

  /** They are the next of their stocks; those at which it may lie go apart from now on. */
  putBack(asks: readonly Ask[], { fault, rests, suspects }: BatchFailure): void {
    this.#likely = 1
    const suspectOf = (ask: Ask) => (suspects ? ask.stocks.find((stock) => suspects.includes(stock)) : homeOf(ask))
    const byPlace = Map.groupBy(asks, suspectOf)
    for (const [suspect, of] of byPlace) {
      if (suspect === undefined) {
        for (const [home, ofHome] of Map.groupBy(of, homeOf)) this.#return(home, ofHome)
        continue
      }
      const queue = this.#return(suspect, of)
      if (this.#together.delete(suspect)) this.#waitingAlone += queue.length
      this.#alone.set(suspect, queue)
      queue.failed({ fault, rests, asks: of.length, byItself: byPlace.size === 1 })
    }
  }

  #return(home: string, asks: readonly Ask[]): StockQueue {
    const queue = this.#queueOf(home)
    queue.putBack(asks)
    this.#waiting += asks.length
    if (this.#alone.has(home)) this.#waitingAlone += asks.length
    return queue
  }

  /** Takes out and answers all that are meant; a stock of which there is nothing to be remembered goes with them. */
  remove(isMeant: (ask: Ask) => boolean): Ask[] {
    const gone: Ask[] = []
    for (const [home, queue] of this.#together) {
      gone.push(...queue.remove(isMeant))
      if (queue.length === 0) this.#together.delete(home)
    }
    for (const [home, queue] of this.#alone) {
      const of = queue.remove(isMeant)
      this.#waitingAlone -= of.length
      gone.push(...of)
      if (queue.isOver) this.#alone.delete(home)
    }
    this.#waiting -= gone.length
    return gone
  }
}

/** The first in the order in which stocks are locked. */
export function homeOf({ stocks }: Pick<Ask, 'stocks'>): string {
  return stocks.length === 1 ? (stocks[0] as string) : ([...stocks].sort()[0] ?? '')
}

function touches(ask: Ask | undefined, stocks: ReadonlySet<string>): boolean {
  return ask?.stocks.some((stock) => stocks.has(stock)) ?? false
}

function firstOf<K, V>(map: ReadonlyMap<K, V>, most: number, isMeant: (value: V) => boolean): [K, V][] {
  const first: [K, V][] = []
  for (const entry of map) {
    if (first.length === most) break
    if (isMeant(entry[1])) first.push(entry)
  }
  return first
}
