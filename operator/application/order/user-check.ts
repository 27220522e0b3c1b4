import type { NoAnswer, ServiceCall } from './service-call.ts'

export interface CustomerQuestion {
  readonly namespace: string
  readonly customer: string
  /** The uid of the order that they place. */
  readonly order: string
}

export type UserAnswer =
  | { readonly kind: 'valid' }
  /** They may not order; `message` is a sentence for people. */
  | { readonly kind: 'refused'; readonly message: string }
  | NoAnswer

/** Says who may order. Asking changes nothing, so it may be asked again at any time. */
export interface UserCheck {
  /** What metrics and messages call it. */
  readonly name: string
  /** Calls that it is given at once; absent: as many as seem good. */
  readonly atOnce?: number
  /** Made once: nothing is tried again here. Never throws; ends within the adapter's time-out. */
  check(question: CustomerQuestion, call: ServiceCall): Promise<UserAnswer>
}
