import type { Place } from '../../domain/flow/place.ts'
import type { ConsumptionStatus } from '../../domain/integration/delivery.ts'

/** What came of one event, at one target. */
export interface ConsumptionRow extends Place {
  readonly eventId: string
  readonly occasion: string
  /** `shop/grinder`; empty where no stock is known. */
  readonly stock: string
  readonly stockUid: string | undefined
  readonly sequence: number | undefined
  readonly status: ConsumptionStatus
  /** What follows in the life of its stock must not be told without it. */
  readonly blocks: boolean
  /** The other side's id of the stock, where it is known. */
  readonly externalId: string | undefined
  readonly attempts: number
  /** Of the last call; undefined: none was made. */
  readonly durationMs: number | undefined
  /** Why it is not PROCESSED. */
  readonly error: string | undefined
  /** What was learnt of the stock. */
  readonly learnt?: LearntOfStock
}

export interface LearntOfStock {
  readonly externalId?: string
  /** A state of this sequence was put. */
  readonly putSequence?: number
  /** The stock is deleted: what is known of it goes by age. */
  readonly ended?: boolean
}

export interface KnownEvent {
  readonly status: ConsumptionStatus
  readonly attempts: number
  /** Since its row was written last, by the clock of whatever keeps it. */
  readonly ageMs: number
}

export interface KnownStock {
  readonly externalId: string | undefined
  readonly putSequence: number | undefined
  /** Sequence of its first event that blocks what follows. */
  readonly blockedFrom: number | undefined
}

/** By id of the event and by uid of the stock; of what nothing is known there is nothing. */
export interface KnownSoFar {
  readonly events: ReadonlyMap<string, KnownEvent>
  readonly stocks: ReadonlyMap<string, KnownStock>
}

/** What became of every event at one target: one row each. Durable, and the same for every member. Throws when it can't be reached. */
export interface ConsumptionLog {
  known(eventIds: readonly string[], stockUids: readonly string[]): Promise<KnownSoFar>
  /** All or nothing. A row that is FAILED or NEEDS_ATTENTION is written anew, of others the first stays; the later of two states stays. */
  record(rows: readonly ConsumptionRow[]): Promise<void>
  /**
   * Writes a row before its call is made; false where another is there already, which stays. One that is FAILED gives way,
   * and with `afterMs` one that is NEEDS_ATTENTION and was written at least so long ago.
   */
  claim(row: ConsumptionRow, afterMs?: number): Promise<boolean>
}
