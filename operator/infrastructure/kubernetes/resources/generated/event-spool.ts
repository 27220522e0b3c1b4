// Generated from crds/eventspools.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * EventSpool keeps events of one VirtualStock while Kafka can't take them. Internal: the operator creates it and
 * deletes it after delivery. Deleting it by hand loses its events. Schema version 1.
 */
export interface EventSpool {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, EventSpool. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** The events and whose they are. Can't be changed. */
  readonly spec: EventSpoolSpec
}

/** The events and whose they are. Can't be changed. */
export interface EventSpoolSpec {
  /** The uid of the stock whose events these are. */
  readonly stockUID: string
  /** The number of the first event. */
  readonly firstSequence: number
  /** The events, oldest first, complete as they are to be sent. */
  readonly events: readonly EventSpoolSpecEvent[]
}

/** One event. */
export interface EventSpoolSpecEvent {
  /** The id of the event, the same on every delivery. */
  readonly id: string
  /** The type of the event, such as io.kbnt.reservation.reserved.v1. */
  readonly type: string
  /** The number of its entry in the stock's ledger. */
  readonly sequence: number
  /** The key of the Kafka record, namespace/stock. */
  readonly key: string
  /** The value of the Kafka record, JSON. */
  readonly value: string
  /** The headers of the Kafka record. */
  readonly headers: Readonly<Record<string, string>>
  /** The time of the event in milliseconds since 1970; the year has four digits. */
  readonly timestampMs: number
  /** The level of the stock after the entry; topics may be chosen by it. */
  readonly level?: 'Normal' | 'Low' | 'Critical' | 'Exhausted'
  /** The price of one unit; topics may be chosen by it. */
  readonly price?: EventSpoolSpecEventPrice
  /** The topics that it is still to be delivered to. Absent = all that it is routed to. */
  readonly topics?: readonly string[]
}

/** The price of one unit; topics may be chosen by it. */
export interface EventSpoolSpecEventPrice {
  /** The amount as a decimal number. */
  readonly amount: string
  /** The currency as three capital letters. */
  readonly currency: string
}
