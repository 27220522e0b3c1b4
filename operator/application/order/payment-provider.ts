import type { MinorUnits } from '../../domain/order/minor-units.ts'
import type { NoAnswer, ServiceCall } from './service-call.ts'

/** A payment that is begun. The provider checks that the method is the customer's. */
export interface NewPayment {
  /** Ours, for good: the first uid of the order. At most one payment exists under it, whatever keys were used. */
  readonly reference: string
  readonly customer: string
  /** A name for card or account that the provider knows, never its numbers. */
  readonly method: string
  readonly amount: MinorUnits
}

/** A payment that was begun, or may have been, named by our reference. */
export interface BegunPayment {
  readonly reference: string
  /** The whole amount: nothing is captured, voided or given back in parts. */
  readonly amount: MinorUnits
}

/** `providerReference`: what the provider calls it. `amount`: what it says, which need not be what was asked. */
export interface Settled {
  readonly providerReference: string
  readonly amount: MinorUnits
}

/** The provider has decided against it and nothing was changed; `reason` is its word, `message` a sentence for people. */
export interface Declined {
  readonly kind: 'declined'
  readonly reason: string
  readonly message: string
}

export type Authorised = ({ readonly kind: 'authorised' } & Settled) | Declined | NoAnswer
export type Taken = ({ readonly kind: 'taken' } & Settled) | Declined | NoAnswer
/**
 * `voided`: nothing is taken under this reference, and nothing ever will be, also where the provider had never heard of it.
 * A provider that can't promise this for references that it does not know answers `declined`. So it does when the money
 * was taken already.
 */
export type Voided = { readonly kind: 'voided' } | Declined | NoAnswer
/** `refunded`: it is on its way back, or back. `amount` is what was given back. */
export type Refunded = ({ readonly kind: 'refunded' } & Settled) | Declined | NoAnswer

export interface ProviderPayment extends Settled {
  /** Ours. */
  readonly reference: string
  /** `pending`: the provider has not decided. `declined` and `voided`: nothing was taken. */
  readonly state: 'pending' | 'authorised' | 'taken' | 'refunded' | 'voided' | 'declined'
  /** When it was begun, ms since 1970. */
  readonly at: number
}

export type Found =
  | { readonly kind: 'found'; readonly payment: ProviderPayment }
  /** It knows none **now**; a call that was sent may still reach it. */
  | { readonly kind: 'none' }
  | NoAnswer

/**
 * Moves money. Each call is made once and may be made again with its key, also by another process: it moves money once.
 * None throws; each ends within `longestCallMs`. Whatever is not certain is `unknown`: neither paid nor declined.
 */
export interface PaymentProvider {
  /** As orders name it in `spec.payment.provider`. */
  readonly name: string
  /** Calls that it is given at once; absent: as many as seem good. */
  readonly atOnce?: number
  /** `twice`: authorise, then capture or void. `once`: charge, then refund if need be. */
  readonly moves: 'twice' | 'once'
  /** How long the provider remembers a key. After that the same key might move money again. */
  readonly keyWindowMs: number
  /** No call lasts longer, from `maySend` to its last chance to take effect on the way. */
  readonly longestCallMs: number
  authorise(payment: NewPayment, call: ServiceCall): Promise<Authorised>
  /** Authorises and takes it in one. */
  charge(payment: NewPayment, call: ServiceCall): Promise<Taken>
  capture(payment: BegunPayment, call: ServiceCall): Promise<Taken>
  void(payment: BegunPayment, call: ServiceCall): Promise<Voided>
  refund(payment: BegunPayment, call: ServiceCall): Promise<Refunded>
  /** By our reference. Asking changes nothing; the call's key only names it in logs. */
  find(reference: string, call: Pick<ServiceCall, 'key' | 'signal'>): Promise<Found>
  /** All that were begun from `from` to `to` (ms since 1970, both included), for the audit alone. Throws where it does not answer. */
  list(from: number, to: number, signal: AbortSignal): AsyncIterable<ProviderPayment>
}

/** The providers of the settings, by name. */
export type PaymentProviders = ReadonlyMap<string, PaymentProvider>
