// Generated from crds/reservations.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * Reservation asks for units of one or several VirtualStocks, all or nothing. It holds them for a while; setting
 * spec.state to Confirmed keeps them, setting it to Released or deleting it gives them back. Schema version 1.
 */
export interface Reservation {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, Reservation. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** What is asked for, and what is to become of it. Only clients write it. */
  readonly spec: ReservationSpec
  /** What was decided. Only the operator writes it. A backup must include it. */
  readonly status?: ReservationStatus
}

/** What is asked for, and what is to become of it. Only clients write it. */
export interface ReservationSpec {
  /** The lines, each of another stock. They are held together or not at all. Can't be changed. */
  readonly items: readonly ReservationSpecItem[]
  /**
   * Who the units are for, such as a user or a team. A stock's limit perConsumer counts by it. Can be selected with
   * --field-selector spec.consumer=…. Can't be changed.
   */
  readonly consumer?: string
  /** An id of yours that appears in events and logs as the correlation id. Can't be changed. */
  readonly requestId?: string
  /** A text of yours that appears in events. Can't be changed. */
  readonly note?: string
  /**
   * What is wanted. Reserved: hold the units. Confirmed: keep them for good (sold) or in use (lent); at creation, hold
   * and confirm at once. Released: give them back. It goes from Reserved to Confirmed or Released and from Confirmed to
   * Released, never back.
   */
  readonly state: 'Reserved' | 'Confirmed' | 'Released'
  /**
   * How long the hold lasts, such as 90s, 15m or 1h30m; from 1s to 8760h. When absent, the shortest hold.ttl of its
   * stocks. It can only be raised: raising it while held extends the hold, up to the shortest hold.maxTTL of its
   * stocks, counted from status.reservedAt; the message says when it was cut.
   */
  readonly ttl?: string
  /**
   * How long it may wait in line when units are short, such as 10m or 24h; up to 8760h. 0s = it is refused at once.
   * While it waits, terms of its stocks that change don't end that: see spec.waitlist of VirtualStock. A change of it
   * counts for nothing once it waits; the message then says until when it does. Stocks whose books are in PostgreSQL
   * have no waiting lists: there anything but 0s is refused (NoWaitlist).
   */
  readonly waitFor: string
  /** Its rank on a waiting list; a higher one is served first, among equals the older one. */
  readonly priority: number
}

/** A number of units of one stock. */
export interface ReservationSpecItem {
  /**
   * The namespace of the stock; "" = that of this reservation. A stock of another namespace must name this one in its
   * spec.allowedNamespaces.
   */
  readonly stockNamespace: string
  /** The name of the VirtualStock. */
  readonly stock: string
  /** How many units. */
  readonly quantity: number
}

/** What was decided. Only the operator writes it. A backup must include it. */
export interface ReservationStatus {
  /**
   * The metadata.generation of the spec that this status speaks of: the one that was judged, not a later one, nor one
   * whose answer is still to come.
   */
  readonly observedGeneration?: number
  /**
   * How far it has come. Pending: not decided yet. Waiting: in line. Reserved: held until expiresAt. Confirmed: sold or
   * in use. Released, Expired and Rejected are the end and never change. Can be selected with --field-selector
   * status.phase=….
   */
  readonly phase: 'Pending' | 'Waiting' | 'Reserved' | 'Confirmed' | 'Released' | 'Expired' | 'Rejected'
  /** Why it is in this phase, from a closed list. */
  readonly reason?: 'Reserved' | 'Confirmed' | 'ReleasedByClient' | 'Deleted' | 'HoldExpired' | 'ConfirmedTooLate' | 'WaitingForStock' | 'WaitTimedOut' | 'InsufficientStock' | 'NeverFits' | 'StockNotFound' | 'StockNotShared' | 'StockPaused' | 'StockTerminating' | 'StockGone' | 'StockBusy' | 'LimitPerReservation' | 'LimitPerConsumer' | 'WaitlistFull' | 'HoldTooLong' | 'WaitTooLong' | 'PriorityTooHigh' | 'NoWaitlist' | 'LedgersDiffer' | 'Undone'
  /** Why it is in this phase, as a sentence with numbers. */
  readonly message?: string
  /** What is asked for, in short. */
  readonly summary?: string
  /** The name of its stock when there is one line, else "". Can be selected with --field-selector status.stock=…. */
  readonly stock?: string
  /** The entry that this status reports, in the ledger of the stock that decides: the first of items. */
  readonly sequence?: number
  /** What is or was held, line by line, in the order of their stocks; the first one decides. */
  readonly items?: readonly ReservationStatusItem[]
  /** The price of all lines, one sum for each currency. */
  readonly totalPrice?: readonly ReservationStatusTotalPrice[]
  /** When the hold began. */
  readonly reservedAt?: string
  /** When the hold runs out; only there while it is held. */
  readonly expiresAt?: string
  /** When it was confirmed. */
  readonly confirmedAt?: string
  /** When it was released, expired or rejected. */
  readonly finishedAt?: string
  /** Its place in line; only there while it waits. */
  readonly waitlist?: ReservationStatusWaitlist
  /**
   * Reserved: the units are held or confirmed. Confirmed: they are sold or in use. Finished: it is over, or all of it
   * is sold (then it can still be returned while it exists).
   */
  readonly conditions?: readonly ReservationStatusCondition[]
}

/** The units of one stock. */
export interface ReservationStatusItem {
  /** The namespace of the stock. */
  readonly stockNamespace: string
  /** The name of the stock. */
  readonly stock: string
  /** The uid of the stock; another stock of the same name owes nothing. */
  readonly stockUID: string
  /** How many units. */
  readonly quantity: number
  /** The price of one unit as it was when the hold began. Absent = it had none. */
  readonly unitPrice?: ReservationStatusItemUnitPrice
  /** The latest entry in that stock's ledger that this status tells of. */
  readonly sequence: number
}

/** The price of one unit as it was when the hold began. Absent = it had none. */
export interface ReservationStatusItemUnitPrice {
  /** The amount as a decimal number. */
  readonly amount: string
  /** The currency as three capital letters. */
  readonly currency: string
}

/** The sum in one currency. */
export interface ReservationStatusTotalPrice {
  /** The amount as a decimal number. */
  readonly amount: string
  /** The currency as three capital letters. */
  readonly currency: string
}

/** Its place in line; only there while it waits. */
export interface ReservationStatusWaitlist {
  /** Since when it has been waiting. */
  readonly since: string
  /** When it gives up waiting, as waitFor said when it joined the line. */
  readonly until?: string
  /** Its place in line, 1 = the next. Exact and fresh for the first 20; for others as it was when they joined. */
  readonly position?: number
  /** What each line lacks. Empty = others are before it. */
  readonly shortages?: readonly ReservationStatusWaitlistShortage[]
}

/** What one line lacks. */
export interface ReservationStatusWaitlistShortage {
  /** The namespace of the line's stock. */
  readonly stockNamespace: string
  /** The name of the line's stock. */
  readonly stock: string
  /** How many units are missing. */
  readonly missing: number
}

/** One aspect of the present state. */
export interface ReservationStatusCondition {
  /** The name of the condition. */
  readonly type: string
  /** Whether it holds. */
  readonly status: 'True' | 'False' | 'Unknown'
  /** Why, in one word. */
  readonly reason: string
  /** Why, in a sentence; may be empty. */
  readonly message: string
  /** When its status last changed. */
  readonly lastTransitionTime: string
  /** The metadata.generation of the spec that it speaks of. */
  readonly observedGeneration?: number
}
