import type { OutgoingEvent } from './outgoing-event.ts'

/** Where a stored batch of events is, and how much it holds. */
export interface SpoolRef {
  readonly name: string
  readonly uid: string
  readonly stockUid: string
  readonly firstSequence: number
  readonly lastSequence: number
  /** How many events it holds: those between first and last that were delivered before are not among them. */
  readonly count: number
  /** What `bytesOf` says of its events together. */
  readonly bytes: number
}

/** A batch that the store never takes as it is: fewer events may fit. Surely nothing was stored. */
export class SpoolTooLarge extends Error {
  readonly reason = 'SpoolTooLarge'
}

/** Events that wait outside of the journals until Kafka takes them; each batch is stored once and never changed. */
export interface EventSpools {
  /** All batches, without their events. Throws when the store does not answer. */
  list(): Promise<readonly SpoolRef[]>
  /**
   * Stores a batch under its stock's uid and first sequence. When one of that name is there already it is answered
   * instead: only what it contains is kept. Throws SpoolTooLarge, or anything else when it is not known whether it is
   * stored: then the very same batch is to be tried again until that is known.
   */
  create(stockUid: string, events: readonly OutgoingEvent[]): Promise<SpoolRef>
  /**
   * The events of a batch as they are stored, which somebody may have edited; undefined = it is gone. Throws when the
   * store does not answer.
   */
  read(ref: SpoolRef): Promise<readonly OutgoingEvent[] | undefined>
  /** Deletes exactly this batch; one that is gone already is fine. Throws when the store does not answer. */
  remove(ref: SpoolRef): Promise<void>
}
