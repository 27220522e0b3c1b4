import type { Reservation, ReservationStatus } from '../../domain/reservation/reservation.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Clock } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { EventSpools } from '../event/event-spools.ts'
import type { OutgoingEvent } from '../event/outgoing-event.ts'
import type { EventPublisher } from '../event/publisher.ts'
import type { StockLedger, StoredStock, WriteResult } from '../ledger/stock-ledger.ts'
import type { Reservations } from '../reservation/reservations.ts'

/** What watches the engine: metrics, logs, Kubernetes Events. All of it must be quick and never throw. */
export interface EngineObserver {
  committed(book: StockBook, entries: readonly Entry[], seconds: number): void
  wrote(result: WriteResult): void
  told(reservation: Reservation, entry: Entry | undefined): void
  reportRefused(reservation: Reservation, reason: string): void
  /** `tookMs`: of those events that every topic has now, the time since their entries. */
  delivered(topic: string, messages: number, tookMs: readonly number[]): void
  trouble(message: string, fields: Record<string, unknown>): void
  /** So many events are gone before they were delivered: somebody has deleted their spool. */
  lost(events: number): void
  /** Something failed and is tried again: counted by what it is and by why. */
  retried(operation: string, cause: string): void
  /** A stock decides nothing any more; it is taken over again later. */
  halted(stock: Pick<StoredStock, 'namespace' | 'name'>, error: unknown): void
  stockGone(book: StockBook): void
}

/** The outside world as the engine sees it. */
export interface World {
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly ledger: StockLedger
  readonly reservations: Reservations
  readonly spools: EventSpools
  readonly publisher: EventPublisher
  readonly observer: EngineObserver
  readonly eventFor: (
    book: StockBook,
    term: number,
    entry: Entry,
    reservation: Reservation | undefined,
  ) => OutgoingEvent
  readonly rejectionEvent: (reservation: Reservation, status: ReservationStatus) => OutgoingEvent
  /** Events that have waited this long for a topic are spooled. */
  readonly spoolAfterMs: number
  /** Bytes that may be spooled in all. */
  readonly maxSpooledBytes: number
  /** This install of the operator, among all that there are: namespace/name of its lease. */
  readonly install: string
  /** Random for each start of the process. */
  readonly writer: string
  /** Has a reservation looked at again. */
  readonly enqueue: (key: string) => void
  /** This process must not go on: somebody else leads, or its memory is wrong. */
  readonly fatal: (error: unknown) => void
}
