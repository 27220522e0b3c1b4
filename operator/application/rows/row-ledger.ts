import type { Clock } from '../clock.ts'
import type { PatienceParts } from '../patience.ts'
import { Lane } from './lane.ts'
import { LookUps } from './look-ups.ts'
import { type Answer, type Change, LedgerAway, LedgerBusy, type Order, type Reserve } from './order.ts'
import { NotWritten, type RowBooks } from './row-books.ts'

export interface RowLedgerParts {
  readonly books: RowBooks
  readonly clock: Clock
  readonly patience: PatienceParts
  /** Transactions at once; each stock is always in the same lane. */
  readonly lanes: number
}

/**
 * Orders of stocks whose books are rows. Any number of processes may have one for the same stocks: whoever has a stock's
 * row locked decides. Orders gather while a transaction is under way, and go together.
 */
export class RowLedger {
  readonly #clock: Clock
  readonly #lanes: readonly Lane[]
  readonly #lookUps: LookUps

  constructor({ books, clock, patience, lanes }: RowLedgerParts) {
    this.#clock = clock
    this.#lanes = Array.from({ length: lanes }, (_, index) => new Lane({ books, clock, patience }, String(index)))
    this.#lookUps = new LookUps(books)
  }

  /**
   * What came of it, once that is kept. The same uid is done once, whoever asks for it and however often. Throws LedgerBusy
   * and LedgerAway, with nothing done; Oversold, which nobody should ever see; and other errors where an order makes no
   * sense, as one that names a stock twice.
   */
  async order(order: Order): Promise<Answer> {
    if (order.kind === 'reserve') mustNameEachStockOnce(order)
    const stocks = order.kind === 'reserve' ? stocksOf(order) : await this.#find(order)
    return stocks ? this.#ask(order, stocks) : { kind: 'unknown' }
  }

  async #find({ uid }: Change): Promise<readonly string[] | undefined> {
    if (this.#lookUps.isFull) throw new LedgerBusy('too many reservations are looked for already')
    try {
      return await this.#lookUps.stocksOf(uid)
    } catch (error) {
      throw error instanceof NotWritten ? new LedgerAway(error.message, { cause: error }) : error
    }
  }

  #ask(order: Order, stocks: readonly string[]): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#laneOf(stocks).ask({ order, stocks, askedAt: this.#clock.tick(), resolve, reject })
    return promise
  }

  /** A set goes with its first stock. */
  #laneOf(stocks: readonly string[]): Lane {
    const first = [...stocks].sort()[0] ?? ''
    return this.#lanes[hashOf(first) % this.#lanes.length] as Lane
  }
}

function mustNameEachStockOnce(order: Reserve): void {
  const stocks = stocksOf(order)
  if (new Set(stocks).size < stocks.length) throw new Error(`${order.uid} names a stock twice`)
}

function stocksOf({ lines }: Reserve): readonly string[] {
  return lines.map(({ stock }) => stock)
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same lane for a stock whenever it is asked for. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93) >>> 0
  return hash
}
