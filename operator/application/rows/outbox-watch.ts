import type { PatienceParts } from '../patience.ts'
import type { Pressure, RecordBooks } from './record-books.ts'
import { patientRounds, type Repeating } from './repeating.ts'

export interface OutboxWatchParts {
  readonly database: string
  readonly records: Pick<RecordBooks, 'pressure'>
  readonly patience: PatienceParts
  /** What may be undelivered in all; one stock may have a quarter of it, and no more than what is left. */
  readonly maxBytes: number
  /** Whether there is anything to be read yet. Absent = always. */
  readonly isReady?: () => boolean
}

export interface OutboxView {
  readonly bytes: number
  readonly limitBytes: number
  /** Age of the oldest record of the stocks with the most. 0 = there is none. */
  readonly oldestMs: number
}

const LOOK_EVERY_MS = 1_000
/** Those with the most, beside all that may take nothing new. */
const STOCKS = 100
const QUARTER = 4

/**
 * How full a database is of what is not delivered, as of a second ago. Where that can't be read it stays as it was: who
 * can't read can't write either.
 */
export class OutboxWatch {
  readonly #parts: OutboxWatchParts
  readonly #looking: Repeating
  #pressure: Pressure | undefined

  constructor(parts: OutboxWatchParts) {
    this.#parts = parts
    const { patience: voices, database, isReady = () => true } = parts
    const undertaking = { operation: 'measure the outbox', fields: { database } }
    const restMs = { unready: LOOK_EVERY_MS, failing: LOOK_EVERY_MS }
    this.#looking = patientRounds({ voices, undertaking, isReady, restMs }, () => this.#look())
  }

  start(): void {
    this.#looking.start()
  }

  stop(): Promise<void> {
    return this.#looking.stop()
  }

  /**
   * Whether a stock, by its uid, may take nothing new until more is delivered: it has its quarter, or as much as is left for
   * all others. So stocks whose topics refuse them leave some to the rest, however many they are: five of them have a sixth
   * each, and leave one.
   */
  isBehind(stock: string): boolean {
    const { maxBytes } = this.#parts
    if (!this.#pressure) return false
    const { bytes, byStock } = this.#pressure
    return (byStock.get(stock) ?? 0) >= Math.min(maxBytes / QUARTER, maxBytes - bytes)
  }

  /** What of a stock, by its uid, is undelivered; 0 also where many others have more. */
  bytesOf(stock: string): number {
    return this.#pressure?.byStock.get(stock) ?? 0
  }

  /** Undefined = it was not read yet. */
  get view(): OutboxView | undefined {
    if (!this.#pressure) return undefined
    const { bytes, oldestMs } = this.#pressure
    return { bytes, oldestMs, limitBytes: this.#parts.maxBytes }
  }

  async #look(): Promise<number> {
    this.#pressure = await this.#parts.records.pressure(STOCKS, this.#parts.maxBytes)
    return LOOK_EVERY_MS
  }
}
