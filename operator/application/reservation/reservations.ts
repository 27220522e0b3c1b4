import type { Reservation, ReservationStatus } from '../../domain/reservation/reservation.ts'

/**
 * What became of a report; as for writes of the books, only `unknown` leaves it open. `refused` = our own schema will
 * never take it; what a policy denies for now is `notApplied`. `cause`: a word to count by.
 */
export type ReportResult =
  | { readonly kind: 'reported'; readonly reservation: Reservation }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly cause: string; readonly reason: string }
  | { readonly kind: 'notApplied'; readonly cause: string; readonly reason: string; readonly retryAfterMs: number }
  | { readonly kind: 'refused'; readonly reason: string }

export interface LatestReservations {
  readonly reservations: readonly Reservation[]
  /** Namespaces that could not be listed: theirs are as last seen, which may be long ago. */
  readonly stale: ReadonlySet<string>
}

/** Reservations as clients wrote them and as we told them. */
export interface Reservations {
  /** As last seen by the watch; undefined = gone or not seen yet. */
  find(key: string): Reservation | undefined
  /** All as last seen. */
  all(): Iterable<Reservation>
  /** Those as last seen that name this stock. */
  naming(stockNamespace: string, stock: string): Iterable<Reservation>
  /**
   * All, from the store itself, as of one moment or later, but for those of namespaces that can't be listed. Throws when
   * none can be.
   */
  latest(): Promise<LatestReservations>
  /** The latest version, from the store itself. Throws when that does not answer. */
  read(namespace: string, name: string): Promise<Reservation | undefined>
  /** Replaces the status of exactly the version `base`. Never throws. */
  report(base: Reservation, status: ReservationStatus): Promise<ReportResult>
  /** Deletes exactly this version. `gone` = somebody else has, `changed` = there is another version, which stays. */
  remove(reservation: Reservation): Promise<'removed' | 'gone' | 'changed'>
}
