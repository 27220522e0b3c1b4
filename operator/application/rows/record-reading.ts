import { jointPatience } from '../joint-patience.ts'
import { hitchOf, type PatienceParts, patience } from '../patience.ts'
import type { NextRecords, RecordBooks, Share } from './record-books.ts'
import { type Cargo, cargoOf, type EventsOfRecord, heed, type Way, wayOf } from './record-way.ts'

/** Stocks that are looked for at once, and those with so much that they come each time beside them. */
const PAGE = 32
const MOST_BUSY = 16
/** Of one stock at once. */
const RECORDS = 64

export interface RecordReadingParts extends PatienceParts {
  readonly books: RecordBooks
  readonly eventsOf: EventsOfRecord
}

/** What was found to be sent. */
export interface Reading {
  readonly cargos: readonly Cargo[]
  /** full = there may be more to be found at once. */
  readonly kind: 'full' | 'all' | 'failed'
}

/**
 * Reads what is to be sent, of all stocks in turn: a page of their uids at a time, over and over, so that none is passed
 * over however many there are. One read at a time.
 */
export class RecordReading {
  readonly #parts: RecordReadingParts
  readonly #tries
  readonly #loads
  readonly #ways = new Map<string, Way>() // of stocks that have something undelivered
  readonly #busy = new Set<Way>()
  #cursor: string | undefined

  constructor(parts: RecordReadingParts) {
    this.#parts = parts
    this.#tries = patience(parts, { operation: 'read records', fields: {} })
    this.#loads = jointPatience<Way>(parts, 'make events of records')
  }

  /** What comes next of the stocks whose turn it is, about so many bytes in all. */
  async next(bytes: number): Promise<Reading> {
    this.#forget()
    try {
      const page = await this.#parts.books.waiting(this.#cursor, PAGE)
      this.#cursor = page.length < PAGE ? undefined : page.at(-1)?.stock.uid
      for (const way of this.#busy) if (way.isAside) this.#busy.delete(way)
      const ways = new Set(this.#busy)
      for (const waiting of page) {
        const way = this.#ways.get(waiting.stock.uid) ?? wayOf(waiting)
        this.#ways.set(waiting.stock.uid, way)
        way.stock = waiting.stock
        way.bytes = waiting.bytes
        heed(way, waiting)
        if (way.sequence > way.read) ways.add(way)
      }
      const goers = [...ways].filter(({ isAside }) => !isAside)
      const sizes = goers.map((way) => (this.#busy.has(way) ? Infinity : way.bytes))
      const cargos = await this.#read(goers, { records: RECORDS, bytes: shareOf(sizes, bytes) })
      this.#tries.over()
      return { cargos, kind: this.#cursor === undefined ? 'all' : 'full' }
    } catch (error) {
      this.#tries.failed(hitchOf(error))
      return { cargos: [], kind: 'failed' }
    }
  }

  /** The first record of each of these; undefined = it can't be read now. */
  async first(ways: readonly Way[]): Promise<readonly Cargo[] | undefined> {
    try {
      return await this.#read(ways, { records: 1, bytes: 1 })
    } catch (error) {
      this.#tries.failed(hitchOf(error))
      return undefined
    }
  }

  /** Those of whom the database does not know yet that more is delivered. */
  undelivered(): Way[] {
    return [...this.#ways.values()].filter(({ delivered, upTo }) => upTo > delivered)
  }

  async #read(ways: readonly Way[], share: Share): Promise<Cargo[]> {
    if (ways.length === 0) return []
    const wanted = ways.map(({ stock, read }) => ({ stock: stock.uid, after: read }))
    const found = new Map((await this.#parts.books.next(wanted, share)).map((next) => [next.stock, next]))
    return ways.flatMap((way, index) => {
      const next = found.get(way.stock.uid)
      this.#note(way, next)
      return (next && this.#load(way, wanted[index]?.after ?? 0, next)) ?? []
    })
  }

  #note(way: Way, next: NextRecords | undefined): void {
    if (next) heed(way, next)
    const hasMore = next !== undefined && !way.isAside && (next.records.at(-1)?.last ?? next.sequence) < next.sequence
    if (!hasMore) this.#busy.delete(way)
    else if (this.#busy.size < MOST_BUSY) this.#busy.add(way)
  }

  /** Undefined also where what it would follow has failed meanwhile, and where nobody can tell what a record says. */
  #load(way: Way, readAfter: number, next: NextRecords): Cargo | undefined {
    try {
      const cargo = cargoOf(way, readAfter, next, this.#parts.eventsOf)
      this.#loads.over(way)
      if (!cargo || cargo.after > way.read) return undefined
      way.read = Math.max(way.read, cargo.upTo)
      return cargo
    } catch (error) {
      this.#busy.delete(way)
      this.#loads.failed(way, `${way.stock.namespace}/${way.stock.name}`, error) // its others wait behind it, nobody else
      return undefined
    }
  }

  /** Nothing of them is on its way; if there is more, it is found again. */
  #forget(): void {
    for (const [uid, way] of this.#ways) {
      const { isAside, arrived, delivered, upTo, read } = way
      if (isAside || arrived.size > 0 || upTo > delivered || read > upTo || this.#busy.has(way)) continue
      this.#ways.delete(uid)
    }
  }
}

/** What each may have so that all together have no more than `total`; those with less leave it to the others. */
function shareOf(sizes: readonly number[], total: number): number {
  let left = total
  for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const fair = Math.ceil(left / (sizes.length - index))
    if (size >= fair) return fair
    left -= size
  }
  return total
}
