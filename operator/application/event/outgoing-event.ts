import type { StockEvent } from '../../domain/event/event.ts'

/** An event with the topics that it goes to. */
export interface OutgoingEvent extends StockEvent {
  readonly topics: readonly string[]
}
