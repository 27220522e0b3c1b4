import type { MinorUnits } from '../../domain/order/minor-units.ts'
import type { NoAnswer, ServiceCall } from './service-call.ts'

/** Tells a customer that their order is made. */
export interface OrderNotice {
  readonly namespace: string
  readonly order: string
  readonly uid: string
  /** `ORD-0909A693`: what people call the order. */
  readonly orderId: string
  readonly customer: string
  readonly amount: MinorUnits
  /** `espresso-machine×2` */
  readonly summary: string
}

export type NoticeAnswer =
  /** The other side has it and sees to the rest. */
  | { readonly kind: 'accepted' }
  /** It will never take this one. */
  | { readonly kind: 'refused'; readonly message: string }
  | NoAnswer

/** Sends notices. One that is sent twice under the same key reaches the customer once. */
export interface OrderNotices {
  /** What metrics and messages call it. */
  readonly name: string
  /** Calls that it is given at once; absent: as many as seem good. */
  readonly atOnce?: number
  /** Made once: nothing is tried again here. Never throws; ends within the adapter's time-out. */
  send(notice: OrderNotice, call: ServiceCall): Promise<NoticeAnswer>
}
