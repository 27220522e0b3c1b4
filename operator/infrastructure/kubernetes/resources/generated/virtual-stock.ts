// Generated from crds/virtualstocks.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * VirtualStock is a number of equal units that can be counted, held, sold or lent: goods of a shop, vCPUs of a pool,
 * licences, addresses. Reservations take units from it; it never hands out more than exist. Schema version 1.
 */
export interface VirtualStock {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, VirtualStock. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** What there is, and on which terms it is handed out. Only people and their tools write it. */
  readonly spec: VirtualStockSpec
  /**
   * The books of this stock: how much is out, and what was decided but not yet told to everyone. Only the operator
   * writes it. A backup must include it.
   */
  readonly status?: VirtualStockStatus
}

/** What there is, and on which terms it is handed out. Only people and their tools write it. */
export interface VirtualStockSpec {
  /**
   * What the units are of, such as an article number; shown in events and metrics. When absent, the name of this object
   * is used. Can be selected with --field-selector spec.product=….
   */
  readonly product?: string
  /** A text for people; the operator does nothing with it. */
  readonly description?: string
  /** What one unit is, such as piece, vCPU, GiB or licence. Can't be changed. */
  readonly unit: string
  /**
   * How many units exist in all, held and confirmed ones included. It may be set below what is already out: nothing is
   * taken back, and nothing more is handed out until enough has come back.
   */
  readonly quantity: number
  /**
   * What deleting a confirmed reservation does. Consume: its units stay gone, as goods that were sold. Return: its
   * units come back, as capacity that was lent. Changing a reservation from Confirmed to Released gives its units back
   * under both. Can't be changed.
   */
  readonly reclaimPolicy: 'Consume' | 'Return'
  /** Where the books are kept. Can't be changed: what is to be moved is another stock. */
  readonly ledger: VirtualStockSpecLedger
  /**
   * The price of one unit; of a stock with reclaimPolicy Return, of one unit for one hour. A reservation keeps the
   * price that it was held at.
   */
  readonly price?: VirtualStockSpecPrice
  /** Units that are never handed out. It may be above quantity; then nothing is available. */
  readonly safetyStock: number
  /** At how many available units the stock counts as low or critical. Absent = never. */
  readonly thresholds?: VirtualStockSpecThresholds
  /** How long a reservation holds units before they go back. */
  readonly hold: VirtualStockSpecHold
  /**
   * How many units one reservation or one consumer may have of this stock. Absent = no limit. Judged wherever units of
   * it are taken, also for one line of a reservation of several stocks.
   */
  readonly limits?: VirtualStockSpecLimits
  /**
   * Who waits when units are short, and for how long. A reservation of several stocks stands in the line of each that
   * it lacks at present, and in no other. Terms of this stock that change end no wait: whom they don't allow any more
   * is passed over, and is served in its place once they allow it again; only its own time, or deleting the stock, ends
   * it.
   */
  readonly waitlist: VirtualStockSpecWaitlist
  /** Namespaces that may reserve from this stock besides its own. ["*"] = all of them. */
  readonly allowedNamespaces: readonly string[]
  /**
   * true = no new holds are taken. Confirm, release and expiry go on; reservations on the waiting list keep waiting.
   */
  readonly paused: boolean
}

/** Where the books are kept. Can't be changed: what is to be moved is another stock. */
export interface VirtualStockSpecLedger {
  /**
   * Cluster: in the status of this object, for some hundred holds a second. Postgres: in rows of a PostgreSQL database,
   * for many thousands; whoever lacks units is refused at once, because such a stock has no waiting list.
   */
  readonly kind: 'Cluster' | 'Postgres'
  /** The name of the database among the operator's settings. Absent = the one named default. */
  readonly database?: string
}

/**
 * The price of one unit; of a stock with reclaimPolicy Return, of one unit for one hour. A reservation keeps the price
 * that it was held at.
 */
export interface VirtualStockSpecPrice {
  /** The amount as a decimal number in quotes, such as "150.00". */
  readonly amount: string
  /** The currency as three capital letters (ISO 4217), such as EUR. */
  readonly currency: string
}

/** At how many available units the stock counts as low or critical. Absent = never. */
export interface VirtualStockSpecThresholds {
  /** The level is Low when this many units or fewer are available. It is left again 10 % (at least one unit) above. */
  readonly low?: number
  /**
   * The level is Critical when this many units or fewer are available. It must not be above low. It is left again 10 %
   * (at least one unit) above.
   */
  readonly critical?: number
}

/** How long a reservation holds units before they go back. */
export interface VirtualStockSpecHold {
  /**
   * How long a hold lasts when its reservation doesn't say, such as 90s, 15m or 1h30m; from 1s to 8760h, not above
   * maxTTL.
   */
  readonly ttl: string
  /**
   * The longest that a hold may last, extensions included, counted from when it began; from 1s to 8760h. A reservation
   * of several stocks is held no longer than the shortest of theirs.
   */
  readonly maxTTL: string
}

/**
 * How many units one reservation or one consumer may have of this stock. Absent = no limit. Judged wherever units of it
 * are taken, also for one line of a reservation of several stocks.
 */
export interface VirtualStockSpecLimits {
  /** The most units that one reservation may ask for of this stock. */
  readonly perReservation?: number
  /**
   * The most units that all reservations of one consumer may hold together at a time; of a stock with reclaimPolicy
   * Return confirmed units count too. Reservations without a consumer have no limit.
   */
  readonly perConsumer?: number
}

/**
 * Who waits when units are short, and for how long. A reservation of several stocks stands in the line of each that it
 * lacks at present, and in no other. Terms of this stock that change end no wait: whom they don't allow any more is
 * passed over, and is served in its place once they allow it again; only its own time, or deleting the stock, ends it.
 */
export interface VirtualStockSpecWaitlist {
  /**
   * Who is served when units come free. Strict: always the first in line, the others wait for it. BestEffort: the first
   * one that fits, so that small reservations may overtake large ones.
   */
  readonly order: 'Strict' | 'BestEffort'
  /**
   * How many reservations may wait at a time, those counted that lack other stocks too. 0 = nobody waits. Lowering it
   * sends nobody away.
   */
  readonly maxLength: number
  /** The longest waitFor that a reservation may ask for; from 1s to 8760h. */
  readonly maxWait: string
  /** The highest priority that a reservation may ask for. */
  readonly maxPriority: number
}

/**
 * The books of this stock: how much is out, and what was decided but not yet told to everyone. Only the operator writes
 * it. A backup must include it.
 */
export interface VirtualStockStatus {
  /** The metadata.generation of the spec that was last taken over. */
  readonly observedGeneration?: number
  /** spec.quantity as it was last taken over. */
  readonly quantity: number
  /** Units that are held and not yet confirmed. */
  readonly reserved: number
  /** reclaimPolicy Consume: units sold so far. reclaimPolicy Return: units in use now. */
  readonly confirmed: number
  /** Units that can be handed out now: quantity − safetyStock − reserved − confirmed, never below 0. */
  readonly available: number
  /** How many reservations are on the waiting list. */
  readonly waiting?: number
  /**
   * reserved + confirmed in percent of quantity, rounded down; 100 when quantity is 0 and something is out. Above 100
   * after the stock was made smaller than what was out.
   */
  readonly utilizationPercent?: number
  /** The price of all units together. Absent when the stock has no price. */
  readonly totalValue?: VirtualStockStatusTotalValue
  /**
   * How near the stock is to running out, by spec.thresholds; Exhausted = nothing is available. Can be selected with
   * --field-selector status.level=….
   */
  readonly level: 'Normal' | 'Low' | 'Critical' | 'Exhausted'
  /**
   * The install of the operator that decides for the stock: namespace/name of its lease. Another install leads nothing
   * where this one is alive.
   */
  readonly servedBy?: string
  /**
   * The record that the balances above come from: who wrote it last, and the entries that are decided but not yet
   * reported and delivered. Not for people to edit.
   */
  readonly ledger: VirtualStockStatusLedger
  /**
   * Ready: holds are taken; False with one of the reasons Paused, Terminating, JournalFull, ClockSkew, StatusLost,
   * NoSuchDatabase, DatabaseNotAllowed, DatabaseAway, BooksDoNotClose, InvariantViolated, SchemaTooOld and
   * InternalError. Overcommitted: more is out or kept back than exists. EventsSpooled: events are kept until Kafka
   * takes them. The last two are abnormal when True.
   */
  readonly conditions?: readonly VirtualStockStatusCondition[]
}

/** The price of all units together. Absent when the stock has no price. */
export interface VirtualStockStatusTotalValue {
  /** The amount as a decimal number. */
  readonly amount: string
  /** The currency as three capital letters. */
  readonly currency: string
}

/**
 * The record that the balances above come from: who wrote it last, and the entries that are decided but not yet
 * reported and delivered. Not for people to edit.
 */
export interface VirtualStockStatusLedger {
  /**
   * Where the books are; absent = here. Of a ledger in PostgreSQL this status is a mirror, written about once a second.
   */
  readonly kind?: 'Cluster' | 'Postgres'
  /** The version of the ledger's format. 0 = the books are lost and nothing in them counts. */
  readonly format: number
  /** Which leader in turn wrote it; each new leader has a higher one. */
  readonly term: number
  /** The process that wrote it; random for each start. */
  readonly writer: string
  /** Which of the writer's writes this is; together with writer it names one write. */
  readonly attempt: number
  /** The number of the latest entry. Entries are numbered without gaps. */
  readonly sequence: number
  /** The time of the latest entry; it never falls. */
  readonly at: string
  /** Whether the latest entry that told of it said that the stock is paused. */
  readonly paused?: boolean
  /**
   * Entries that are decided but not yet finished (reported to their reservation and delivered as an event), oldest
   * first.
   */
  readonly pending: readonly string[]
}

/** One aspect of the present state. */
export interface VirtualStockStatusCondition {
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
