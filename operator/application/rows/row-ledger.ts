import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { PatienceParts } from '../patience.ts'
import { toldOf } from './failure.ts'
import { KnownEntries } from './known-entries.ts'
import { Lane } from './lane.ts'
import { homeOf } from './lane-queues.ts'
import { LookUps } from './look-ups.ts'
import { type Answer, BadOrder, LedgerAway, LedgerBusy, type Order } from './order.ts'
import { NotWritten, type RowBooks } from './row-books.ts'
import { faultOf, isUid } from './sound-order.ts'
import { Turns } from './turns.ts'

export interface RowLedgerParts {
  readonly books: RowBooks
  readonly clock: Clock
  readonly patience: PatienceParts
  /** Each has at most two transactions at once; a stock is always in the same one. */
  readonly lanes: number
}

/** Orders of one stock that wait. */
export interface WaitingOrders {
  /** How many, by what they want; none = it is not there. */
  readonly kinds: Readonly<Partial<Record<Order['kind'], number>>>
  /** How long the next of them has waited; 0 = there is none. */
  readonly oldestMs: number
}

/** An order, and since when its time counts, whatever it waits for. */
interface Asked {
  readonly order: Order
  readonly askedAt: Tick
}

/**
 * Orders of stocks whose books are rows. Any number of processes may have one for the same stocks: whoever has a stock's
 * row locked decides. Orders gather while a transaction is under way, and go together.
 */
export class RowLedger {
  readonly #clock: Clock
  readonly #lanes: readonly Lane[]
  readonly #lookUps: LookUps
  readonly #turns: Turns

  constructor({ books, clock, patience, lanes }: RowLedgerParts) {
    this.#clock = clock
    const known = new KnownEntries()
    this.#lanes = Array.from(
      { length: lanes },
      (_, index) => new Lane({ books, clock, patience, known }, String(index)),
    )
    this.#lookUps = new LookUps(books, clock)
    this.#turns = new Turns(clock)
  }

  /**
   * What came of it, once that is kept. The same uid is done once, whoever asks for it and however often; who comes while
   * another order of that uid is not answered waits for that. Throws LedgerBusy and LedgerAway, with nothing done by this
   * order; BadOrder; Oversold, which nobody should ever see; and other errors where it can't be written.
   */
  async order(order: Order): Promise<Answer> {
    const fault = faultOf(order)
    if (fault !== undefined) throw new BadOrder(`${order.uid}: ${fault}`)
    const asked = { order, askedAt: this.#clock.tick() }
    const turn = this.#turns.take(order.uid)
    if (turn !== undefined) await turn
    try {
      return await this.#order(asked)
    } finally {
      this.#turns.end(order.uid)
    }
  }

  /** What waits here for a stock, by its uid, and is in no transaction; a set waits for its home. */
  waitingAt(stock: string): WaitingOrders {
    const waiting = this.#laneOf(stock).waitingAt(stock)
    if (!waiting) return { kinds: {}, oldestMs: 0 }
    const { kinds, head } = waiting
    const some = [...kinds].filter(([, count]) => count > 0)
    return { kinds: Object.fromEntries(some), oldestMs: head ? msBetween(head.askedAt, this.#clock.tick()) : 0 }
  }

  async #order(asked: Asked): Promise<Answer> {
    const { order } = asked
    if (order.kind !== 'reserve') return this.#askWhereItIs(asked)
    const stocks = order.lines.map(({ stock }) => stock)
    const answer = await this.#ask(asked, stocks)
    // its key is known, and what it has is of other stocks than are named now
    return answer.kind === 'unknown' ? this.#askWhereItIs(asked, stocks) : answer
  }

  async #askWhereItIs(asked: Asked, others: readonly string[] = []): Promise<Answer> {
    const { uid } = asked.order
    const stocks = isUid(uid) ? await this.#find(asked) : undefined
    return stocks ? this.#ask(asked, [...new Set([...stocks, ...others])]) : { kind: 'unknown' }
  }

  async #find({ order, askedAt }: Asked): Promise<readonly string[] | undefined> {
    if (this.#lookUps.isFull) throw new LedgerBusy('too many reservations are looked for already')
    try {
      return await this.#lookUps.stocksOf(order.uid, askedAt)
    } catch (error) {
      if (!(error instanceof NotWritten)) throw error
      throw new LedgerAway(error.message, { cause: error, told: toldOf(error) })
    }
  }

  #ask(asked: Asked, stocks: readonly string[]): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const ask = { ...asked, stocks, resolve, reject, inDoubt: false }
    this.#laneOf(homeOf(ask)).ask(ask)
    return promise
  }

  #laneOf(home: string): Lane {
    return this.#lanes[hashOf(home) % this.#lanes.length] as Lane
  }
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same lane for a stock whenever it is asked for. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93) >>> 0
  return hash
}
