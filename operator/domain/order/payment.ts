import type { Money } from '../money.ts'

/**
 *  Intended ──▶ Authorised ──▶ Capturing ──▶ Taken ──▶ Refunding ──▶ Refunded
 *     │  ╲           │             │           ▲
 *     ▼   ╲          ▼             ▼           │
 *  Unknown ╲─▶   Voiding ──▶ Voided     (charged at once)
 *     │     ╲
 *     └──────▶ Declined
 *
 * `Unknown`: a call to pay was sent and nobody knows what became of it: neither paid nor declined. What is not known of a
 * capture, void or refund stays `Capturing`, `Voiding` or `Refunding`.
 */
export type PaymentState =
  | 'Intended'
  | 'Authorised'
  | 'Capturing'
  | 'Taken'
  | 'Unknown'
  | 'Voiding'
  | 'Voided'
  | 'Refunding'
  | 'Refunded'
  | 'Declined'

export type MoneyCall = 'authorise' | 'charge' | 'capture' | 'void' | 'refund'

/** What we were about to do when it was stored. It is sent within `SEND_WITHIN_MS` of `at`, or not at all. */
export interface Intent {
  readonly call: MoneyCall
  readonly key: string
  /** When it was stored first and last. */
  readonly firstAt: string
  readonly at: string
  readonly tries: number
  /** The provider has decided against it: it is never sent again. */
  readonly refused?: boolean
}

export interface PaymentStatus {
  readonly state: PaymentState
  readonly provider: string
  /** What the provider calls it. */
  readonly reference?: string
  /** As the provider says; as asked until it does. */
  readonly amount: string
  readonly currency: string
  readonly intent?: Intent
  /** Until then a call to pay that was sent may take effect. */
  readonly openUntil: string
  /** Since when nobody knows what became of a call. */
  readonly unknownSince?: string
  /** When it is over: to be looked for once more then, should it have been taken after all. */
  readonly lookUpAt?: string
}

/** What an administrator says became of the money. */
export interface Resolution {
  readonly by: string
  readonly at: string
  readonly payment: 'Taken' | 'NotTaken' | 'Refunded'
  readonly reference: string
}

/** What has to be known of a provider to decide anything; durations in milliseconds. */
export interface ProviderTerms {
  readonly moves: 'twice' | 'once'
  readonly keyWindowMs: number
  readonly longestCallMs: number
}

/** What was stored longer ago may have been overtaken by somebody else: it is not sent any more. */
export const SEND_WITHIN_MS = 10_000

const iso = (ms: number) => new Date(ms).toISOString()

/** What an order asks for never changes, so each call keeps its key for good, but for a void that came before its payment. */
const FIRST_TRY = 1

export function keyOfStep(order: { readonly uid: string }, step: string, attempt = FIRST_TRY): string {
  return `${order.uid}/${step}/${attempt}`
}

/** Voids of one payment, each with its own key. */
const MOST_VOIDS = 3

/** Whether what came after this void may be voided by another one. */
export function mayVoidAnew(intent: Intent): boolean {
  return intent.call === 'void' && tryOf(intent) < MOST_VOIDS
}

/** Which try of its step a call is, by its key. */
function tryOf({ key }: Pick<Intent, 'key'>): number {
  return Number(key.split('/').at(-1)) || FIRST_TRY
}

const stateOf: Readonly<Record<MoneyCall, PaymentState>> = {
  authorise: 'Intended',
  charge: 'Intended',
  capture: 'Capturing',
  void: 'Voiding',
  refund: 'Refunding',
}

/** Until when a call that was stored at `at` may take effect at the provider. */
function openUntil(at: number, { keyWindowMs, longestCallMs }: ProviderTerms): number {
  return at + SEND_WITHIN_MS + keyWindowMs + longestCallMs
}

/** Up to this moment the key of this call is known to the provider for certain. */
export function repeatUntil({ firstAt }: Intent, { keyWindowMs, longestCallMs }: ProviderTerms): number {
  return Date.parse(firstAt) + keyWindowMs - longestCallMs - SEND_WITHIN_MS
}

interface PayableOrder {
  readonly uid: string
  readonly spec: { readonly payment: { readonly provider: string; readonly amount: Money } }
}

/** A payment that is about to be begun. */
export function payIntended(order: PayableOrder, { moves, ...terms }: ProviderTerms, now: number): PaymentStatus {
  const { provider, amount } = order.spec.payment
  const none = { provider, ...amount, state: 'Intended', openUntil: iso(now) } as const
  return intended(order, none, { call: moves === 'twice' ? 'authorise' : 'charge', terms: { moves, ...terms }, now })
}

export interface IntendedCall {
  readonly call: MoneyCall
  readonly terms: ProviderTerms
  readonly now: number
  /** What it is about has changed since it was refused: it is another call, with the next key. */
  readonly anew?: boolean
}

/** The payment with `call` about to be made, for the first time or once more with its key. */
export function intended(
  order: { readonly uid: string },
  payment: PaymentStatus,
  { call, terms, now, anew = false }: IntendedCall,
): PaymentStatus {
  const last = payment.intent?.call === call ? payment.intent : undefined
  const before = anew ? undefined : last
  const at = iso(now)
  const intent: Intent = {
    call,
    key: keyOfStep(order, call, last ? tryOf(last) + (anew ? 1 : 0) : FIRST_TRY),
    firstAt: before?.firstAt ?? at,
    at,
    tries: (before?.tries ?? 0) + 1,
  }
  const pays = call === 'authorise' || call === 'charge'
  return {
    ...payment,
    state: pays && payment.state === 'Unknown' ? 'Unknown' : stateOf[call],
    intent,
    openUntil: pays ? iso(openUntil(now, terms)) : payment.openUntil,
  }
}

/** Whether money may be with the provider, or on its way there, that belongs to the customer or to the shop. */
export function isOpen(payment: PaymentStatus | undefined): boolean {
  return payment !== undefined && !['Declined', 'Voided', 'Refunded'].includes(payment.state)
}
