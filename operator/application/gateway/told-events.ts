export type ToldStatus = 'PROCESSED' | 'FAILED' | 'SKIPPED' | 'NEEDS_ATTENTION'

/** What became of an event that somebody else's API is told. */
export interface ToldEvent {
  readonly eventId: string
  readonly target: string
  readonly eventType: string
  readonly namespace: string
  readonly stock: string
  /** Absent: whoever told of the event did not say it. */
  readonly stockUid?: string
  readonly sequence: number
  readonly status: ToldStatus
  readonly externalId?: string
  /** In vain. */
  readonly attempts: number
  /** Of the last call; absent: none was made. */
  readonly durationMs?: number
  readonly error?: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** With microseconds, as whoever keeps it says it. */
  readonly firstAt: string
  readonly at: string
}

export interface ToldFilter {
  readonly namespace: string
  readonly status?: ToldStatus
  readonly target?: string
}

/** The last event of the page before, and at most how many follow. */
export interface ToldPaging<After> {
  readonly after?: After
  readonly limit: number
}

/** Of one stock: no two events are in the same place. */
export interface StockPlace {
  readonly sequence: number
  readonly eventId: string
  readonly target: string
}

/** Among all of a namespace. */
export interface TimePlace {
  readonly firstAt: string
  readonly eventId: string
  readonly target: string
}

/** What became of events, where it is kept. */
export interface ToldEvents {
  /** Of one stock, the highest sequence first; without its uid of all that had that name. Throws where it can't be told. */
  ofStock(
    filter: ToldFilter & { readonly stock: string; readonly stockUid?: string },
    paging: ToldPaging<StockPlace>,
  ): Promise<readonly ToldEvent[]>
  /** What is FAILED or NEEDS_ATTENTION in a namespace, the latest first. Throws where it can't be told. */
  unsettled(filter: ToldFilter, paging: ToldPaging<TimePlace>): Promise<readonly ToldEvent[]>
}
