import { keyOf } from '../../../domain/reservation/reservation.ts'
import { hitchOf, type Patience, type PatienceParts, patience } from '../../patience.ts'
import { aheadMs, type TimeAsked, whyApart } from '../clocks-apart.ts'
import { toldOf } from '../failure.ts'
import { decideOrphaned } from './decide-stock-row.ts'
import { knownRow, type LedRowStock, type LedRowStocks } from './led-row-stocks.ts'
import type { StockRows } from './stock-rows.ts'
import { isAhead, isBehind } from './terms-taken.ts'
import type { DatabaseState } from './why-row-not-ready.ts'

export interface LedDatabaseParts {
  readonly name: string
  readonly rows: StockRows
  /** Makes the tables, or brings them to what this program knows. Throws where that can't be. */
  readonly migrate: () => Promise<unknown>
  readonly mayOpen: (namespace: string) => boolean
  readonly stocks: LedRowStocks
  readonly patience: PatienceParts
  /** Has a stock looked at. */
  readonly enqueue: (key: string) => void
  /** Has what is new of these stocks told. */
  readonly tell: (stocks: Iterable<LedRowStock>) => void
}

/** Between two looks at the rows of a database, which fail or not. */
const LOOK_EVERY_MS = 1_000
/** One that has answered may be silent for so long before its stocks say so. */
const AWAY_AFTER_MS = 5_000
/** Rows that one read asks for. */
const TOGETHER = 5_000

/**
 * One database, as the leader of its stocks sees it: whether it is there, and which rows have changed. It waits for
 * nobody, and nobody of another database waits for it.
 */
export class LedDatabase {
  readonly #parts: LedDatabaseParts
  readonly #tries: Patience
  readonly #closing: Patience
  #isReady = false
  #wasReady = false
  #away: string | undefined
  #aheadMs = 0
  /** As it was found first: a status that told of each look would be written with each. */
  #whyApart: string | undefined

  constructor(parts: LedDatabaseParts) {
    this.#parts = parts
    const fields = { database: parts.name }
    this.#tries = patience(parts.patience, { operation: 'look at rows', fields })
    this.#closing = patience(parts.patience, { operation: 'close rows of stocks that are gone', fields })
  }

  get name(): string {
    return this.#parts.name
  }

  /** Whether it has answered last, with tables that this program knows. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Whether anything may be decided in it: it is there, and its clock agrees with ours. */
  get mayDecide(): boolean {
    return this.#isReady && this.#whyApart === undefined
  }

  /** How far our clock is ahead of its own, in ms, where that is too far to decide anything; else 0. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  stateFor(namespace: string): DatabaseState {
    if (!this.#parts.mayOpen(namespace)) return { kind: 'notAllowed' }
    if (this.#away !== undefined) return { kind: 'away', why: this.#away }
    return this.#whyApart === undefined ? { kind: 'open' } : { kind: 'clockWrong', why: this.#whyApart }
  }

  /** Makes the tables where that is still to be done, looks at all rows, and has told what is new. Never throws. */
  async round(): Promise<number> {
    const { migrate, stocks, tell, name } = this.#parts
    try {
      if (!this.#isReady) await migrate()
      await this.#look()
      this.#answered()
    } catch (error) {
      this.#failed(error)
    }
    tell(stocks.of(name))
    return LOOK_EVERY_MS
  }

  async #look(): Promise<void> {
    const { rows, stocks, mayOpen, name, enqueue, patience: voices } = this.#parts
    const { clock } = voices
    const all = [...stocks.of(name)].filter(({ stock }) => mayOpen(stock.namespace))
    for (let from = 0; from < all.length; from += TOGETHER) {
      const known = all.slice(from, from + TOGETHER).map(knownRow)
      const asked = clock.now()
      const look = await rows.look(known)
      this.#compareClocks({ from: asked, to: clock.now(), at: look.at })
      for (const led of stocks.looked(look)) if (isToBeSeenTo(led)) enqueue(keyOfLed(led))
    }
  }

  #compareClocks(time: TimeAsked): void {
    this.#aheadMs = aheadMs(time)
    const isApart = this.#aheadMs !== 0
    if (isApart === (this.#whyApart !== undefined)) return
    this.#whyApart = isApart ? whyApart(time) : undefined
    // what was not decided meanwhile is looked at again
    this.#eachIsNew(isApart ? undefined : (led) => this.#parts.enqueue(keyOfLed(led)))
  }

  /** Closes the rows of stocks that are gone, one after the other; one that can't be closed keeps no other. Never throws. */
  async closeOrphans(): Promise<number> {
    const { rows, stocks, name } = this.#parts
    if (!this.mayDecide) return LOOK_EVERY_MS
    let failed = false
    for (const uid of stocks.orphansOf(name)) {
      try {
        await rows.change({ uid, sums: false }, ({ row, at }) => row && decideOrphaned(row, at))
        stocks.closed(uid)
      } catch (error) {
        failed = true
        this.#closing.failed(hitchOf(error))
      }
    }
    if (!failed) this.#closing.over()
    return LOOK_EVERY_MS
  }

  #answered(): void {
    const wasAway = !this.#isReady
    this.#tries.over()
    this.#isReady = true
    this.#wasReady = true
    if (!wasAway) return
    this.#away = undefined
    this.#eachIsNew((led) => this.#parts.enqueue(keyOfLed(led)))
  }

  #failed(error: unknown): void {
    const hitch = hitchOf(error)
    this.#tries.failed(hitch)
    this.#isReady = false
    if (this.#away !== undefined || (this.#wasReady && this.#tries.failingMs < AWAY_AFTER_MS)) return
    this.#away = toldOf(error)
    this.#eachIsNew()
  }

  #eachIsNew(act: (led: LedRowStock) => void = () => undefined): void {
    for (const led of this.#parts.stocks.of(this.#parts.name)) {
      led.isUntold = true
      act(led)
    }
  }
}

/** Whether a row has come that somebody must do something about. */
function isToBeSeenTo(led: LedRowStock): boolean {
  const { stock, row } = led
  if (typeof row !== 'object') return true
  return isBehind(led) || isAhead(led) || stock.terms.terminating || row.state === 'Halted'
}

function keyOfLed({ stock: { namespace, name } }: LedRowStock): string {
  return keyOf(namespace, name)
}
