import type { OutgoingEvent } from './outgoing-event.ts'

/** Where a stored batch of events is. */
export interface SpoolRef {
  readonly name: string
  readonly uid: string
  readonly stockUid: string
  readonly firstSequence: number
  readonly lastSequence: number
}

/** Events that wait outside of the journals while Kafka is away; each batch is stored once and never changed. */
export interface EventSpools {
  /** All batches. Throws when the store does not answer. */
  list(): Promise<readonly SpoolRef[]>
  /**
   * Stores a batch under its stock's uid and first sequence. When one of that name is there already it is answered
   * instead: only what it contains is kept. Throws when it is not known whether it is stored.
   */
  create(stockUid: string, events: readonly OutgoingEvent[]): Promise<SpoolRef>
  /** The events of a batch; undefined = it is gone. Throws when the store does not answer. */
  read(ref: SpoolRef): Promise<readonly OutgoingEvent[] | undefined>
  /** Deletes exactly this batch; one that is gone already is fine. Throws when the store does not answer. */
  remove(ref: SpoolRef): Promise<void>
}
