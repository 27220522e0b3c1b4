// Generated from crds/orders.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * Order sells stock for money: it is paid and its stock is sold, or neither. Deleting one that is not over undoes it
 * first. Schema version 1.
 */
export interface Order {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, Order. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** What is ordered. Only cancel can be changed. */
  readonly spec: OrderSpec
  /**
   * Where its money and its stock are; the operator goes on from here. Only it writes this, but for resolution. A
   * backup must include it.
   */
  readonly status?: OrderStatus
}

/** What is ordered. Only cancel can be changed. */
export interface OrderSpec {
  /**
   * Who orders; the consumer of its reservation, so that limits count. Can be selected with --field-selector
   * spec.customer=…. Can't be changed.
   */
  readonly customer: string
  /** The lines, each of another stock. They are held together or not at all. Can't be changed. */
  readonly items: readonly OrderSpecItem[]
  /** How it is paid. Can't be changed. */
  readonly payment: OrderSpecPayment
  /**
   * How long its stock is held at first, such as 15m or 1h; from 1m to 8760h. While it is being paid the hold is
   * extended, up to the shortest hold.maxTTL of its stocks. Can't be changed.
   */
  readonly ttl: string
  /** How long it may wait in line when units are short, as of a Reservation. Can't be changed. */
  readonly waitFor: string
  /** An id of yours that appears in events and logs as the correlation id. Can't be changed. */
  readonly requestId?: string
  /** true: undo it, as far as it still can be: what is made stays (CancelledTooLate). Never taken back. */
  readonly cancel: boolean
}

/** A number of units of one stock. */
export interface OrderSpecItem {
  /**
   * The namespace of the stock; "" = that of this order. A stock of another namespace must name this one in its
   * spec.allowedNamespaces.
   */
  readonly stockNamespace: string
  /** The name of the VirtualStock. */
  readonly stock: string
  /** How many units. */
  readonly quantity: number
}

/** How it is paid. Can't be changed. */
export interface OrderSpecPayment {
  /** The provider's name for a card or an account of the customer. Never its numbers. */
  readonly method: string
  /** One of the payment providers of the operator's settings. */
  readonly provider: string
  /**
   * What is to be paid, in all. An order whose stock costs something else is cancelled with the reason PriceChanged.
   */
  readonly amount: OrderSpecPaymentAmount
}

/** What is to be paid, in all. An order whose stock costs something else is cancelled with the reason PriceChanged. */
export interface OrderSpecPaymentAmount {
  /** A decimal number, such as 698.00. */
  readonly amount: string
  /** Its ISO 4217 code, such as EUR. */
  readonly currency: string
}

/**
 * Where its money and its stock are; the operator goes on from here. Only it writes this, but for resolution. A backup
 * must include it.
 */
export interface OrderStatus {
  /** The metadata.generation of the spec that this status speaks of. */
  readonly observedGeneration: number
  /**
   * How far it has come. Completed: paid and sold. Cancelled: neither. NeedsAttention: somebody has to look, see
   * message; the operator goes on as soon as it can. Can be selected with --field-selector status.phase=….
   */
  readonly phase: 'Pending' | 'Validating' | 'Reserving' | 'Paying' | 'Confirming' | 'Notifying' | 'Completed' | 'Cancelling' | 'Cancelled' | 'NeedsAttention'
  /** Why it is in this phase, in one word; of its own, or as its reservation says. */
  readonly reason: 'NoRoom' | 'CheckingUser' | 'UserRefused' | 'UserCheckUnavailable' | 'Holding' | 'HoldRefused' | 'NameTaken' | 'Paying' | 'PaymentDeclined' | 'PaymentNotTaken' | 'PaymentUnavailable' | 'PaymentUnknown' | 'ProviderUnknown' | 'NotPayable' | 'SeveralCurrencies' | 'PriceChanged' | 'AmountDiffers' | 'HoldLost' | 'StockSoldByOthers' | 'StockUnclear' | 'StockUndecided' | 'Selling' | 'Capturing' | 'CaptureRefused' | 'Telling' | 'Completed' | 'NoticeRefused' | 'NoticeUnavailable' | 'CancelledByClient' | 'CancelledTooLate' | 'Deleted' | 'VoidRefused' | 'RefundRefused' | 'LateCharge' | 'StatusLost' | 'Resolved' | 'Reserved' | 'Confirmed' | 'ReleasedByClient' | 'HoldExpired' | 'ConfirmedTooLate' | 'WaitingForStock' | 'WaitTimedOut' | 'InsufficientStock' | 'NeverFits' | 'StockNotFound' | 'StockNotShared' | 'StockPaused' | 'StockTerminating' | 'StockGone' | 'StockBusy' | 'LimitPerReservation' | 'LimitPerConsumer' | 'WaitlistFull' | 'HoldTooLong' | 'WaitTooLong' | 'PriorityTooHigh' | 'NoWaitlist' | 'LedgersDiffer' | 'Undone'
  /** Why it is in this phase, as a sentence with numbers. */
  readonly message: string
  /** Since when it is in its phase. */
  readonly phaseSince: string
  /** What people call it, such as ORD-0909A693. */
  readonly orderId: string
  /** The name of the Reservation that holds its stock, from when it may have been asked for. */
  readonly reservation?: string
  /**
   * The uid of the Reservation that held its stock: another one that has its name by now is not its own. Absent =
   * nothing was held yet, or before this was written.
   */
  readonly reservationUid?: string
  /** Where its money is. Absent = nothing was ever sent to the provider. */
  readonly payment?: OrderStatusPayment
  /** Why it is being undone, or was. From then on it never goes on. */
  readonly undoing?: OrderStatusUndoing
  /** When it was paid and sold. From then on it is never undone. */
  readonly madeAt?: string
  /** When it was over, completed or cancelled. */
  readonly finishedAt?: string
  /**
   * What an administrator has found out about the money of an order that needs attention. Written with kubectl patch
   * --subresource=status; the operator goes on from it.
   */
  readonly resolution?: OrderStatusResolution
  /** Since when what it needs may not be written: its finalizer, or its reservation. Absent = it may. */
  readonly heldUpSince?: string
  /** The at of the resolution that was taken over. */
  readonly resolvedAt?: string
  /** How many steps the operator has taken; the number of the last one in history. */
  readonly steps: number
  /** Up to which of them every topic is known to have the events. */
  readonly published: number
  /** What has happened to it, oldest first; each is one event, under its number. Little happens more than once. */
  readonly history: readonly OrderStatusHistory[]
  /**
   * UserValid: its customer may order. StockHeld: its stock is held, or sold. Paid: the money is taken. StockSold: its
   * stock is sold. Notified: its customer was told. The saga goes on from these.
   */
  readonly conditions: readonly OrderStatusCondition[]
}

/** Where its money is. Absent = nothing was ever sent to the provider. */
export interface OrderStatusPayment {
  /**
   * Intended: a call to pay is about to be made. Unknown: one was made and nobody knows what became of it: neither paid
   * nor declined. Taken: the money is the shop's. Voided, Refunded and Declined: it is the customer's.
   */
  readonly state: 'Intended' | 'Authorised' | 'Capturing' | 'Taken' | 'Unknown' | 'Voiding' | 'Voided' | 'Refunding' | 'Refunded' | 'Declined'
  /** Who moves the money. */
  readonly provider: string
  /** What the provider calls the payment. */
  readonly reference?: string
  /** What was paid, as the provider says; what is asked for, until it does. */
  readonly amount: string
  /** In which currency. */
  readonly currency: string
  /** The call that is about to be made, or was; stored before it is. Absent = none is open. */
  readonly intent?: OrderStatusPaymentIntent
  /** Until then a call to pay that was sent may take effect. */
  readonly openUntil: string
  /** Since when nobody knows what became of a call. */
  readonly unknownSince?: string
  /** When the provider is asked once more whether it has taken it after all. Absent = it is not. */
  readonly lookUpAt?: string
}

/** The call that is about to be made, or was; stored before it is. Absent = none is open. */
export interface OrderStatusPaymentIntent {
  /** What is asked of the provider. */
  readonly call: 'authorise' | 'charge' | 'capture' | 'void' | 'refund'
  /** Its Idempotency-Key; the same whenever it is made. */
  readonly key: string
  /** When it was stored first. */
  readonly firstAt: string
  /** When it was stored last. It is not sent more than ten seconds later. */
  readonly at: string
  /** How often it was stored. */
  readonly tries: number
  /** The provider has refused it for good. It is not made again. */
  readonly refused?: boolean
}

/** Why it is being undone, or was. From then on it never goes on. */
export interface OrderStatusUndoing {
  /** Why, in one word. */
  readonly reason: string
  /** Why, in a sentence. */
  readonly message: string
}

/**
 * What an administrator has found out about the money of an order that needs attention. Written with kubectl patch
 * --subresource=status; the operator goes on from it.
 */
export interface OrderStatusResolution {
  /** Who has found it out. */
  readonly by: string
  /** When. Another resolution has another time. */
  readonly at: string
  /** Where the money is. Taken: with the shop. NotTaken, Refunded: with the customer. */
  readonly payment: 'Taken' | 'NotTaken' | 'Refunded'
  /** What the provider calls it, or how else it can be found again. */
  readonly reference: string
}

/** One thing that has happened to it. */
export interface OrderStatusHistory {
  /** When it happened. */
  readonly at: string
  /** What was done. */
  readonly operation: 'ValidateUser' | 'HoldStock' | 'Authorise' | 'Pay' | 'SellStock' | 'Create' | 'Notify' | 'Complete' | 'NeedAttention' | 'Resolve' | 'FindLateCharge' | 'Void' | 'Refund' | 'ReleaseStock' | 'Cancel'
  /** How it went. */
  readonly status: 'Succeeded' | 'Failed'
  /** How, in a sentence. */
  readonly message: string
}

/** One aspect of the present state. */
export interface OrderStatusCondition {
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
