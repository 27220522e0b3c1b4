import { type Money, samePrice } from '../money.ts'

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

/** Which try of its step a call is, by its key. */
export function tryOf({ key }: Pick<Intent, 'key'>): number {
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

/** What a provider says of a payment, to a call or when it is asked. */
export type MoneyAnswer =
  | {
      readonly kind: 'authorised' | 'taken' | 'refunded'
      readonly reference: string
      readonly amount: Money
    }
  | { readonly kind: 'voided' }
  | { readonly kind: 'declined'; readonly message: string }
  /** It knows none now. */
  | { readonly kind: 'none' }
  /** It has not decided. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'unknown' | 'notSent'; readonly reason: string }

const settledAs = { authorised: 'Authorised', taken: 'Taken', refunded: 'Refunded' } as const

/** Nothing more is known to be under way. */
function settled(payment: PaymentStatus, state: PaymentState): PaymentStatus {
  const { intent, unknownSince, ...rest } = payment
  return { ...rest, state }
}

/** The payment after an answer that decides something; undefined = it decides nothing and nothing new is known. */
export function afterAnswer(
  payment: PaymentStatus,
  asked: MoneyCall | 'find',
  answer: MoneyAnswer,
  now: number,
): PaymentStatus | undefined {
  switch (answer.kind) {
    case 'authorised':
    case 'taken':
    case 'refunded':
      if (answer.kind === 'refunded' && isPartOf(payment, answer.amount))
        return payment.intent?.refused ? undefined : refused(payment, 'refund')
      return isNews(payment, answer.kind) ? withAmount(settled(payment, settledAs[answer.kind]), answer) : undefined
    case 'voided':
      return settled(payment, 'Voided')
    case 'declined':
      return asked === 'find' ? settled(payment, 'Declined') : refused(payment, asked)
    case 'unknown':
      return asked === 'find' || payment.unknownSince !== undefined ? undefined : unsure(payment, asked, now)
    case 'none':
    case 'pending':
    case 'notSent':
      return undefined
  }
}

/** What is given back is given back whole. */
function isPartOf({ state, amount, currency }: PaymentStatus, back: Money): boolean {
  return state === 'Refunding' && !samePrice({ amount, currency }, back)
}

/** A payment that is asked for and says what it was before the call changes nothing: the call may not have come there. */
function isNews({ state, intent }: PaymentStatus, kind: keyof typeof settledAs): boolean {
  switch (kind) {
    case 'authorised':
      return state !== 'Capturing' && !(state === 'Voiding' && intent !== undefined)
    case 'taken':
      return state !== 'Refunding'
    case 'refunded':
      return true
  }
}

function withAmount(
  payment: PaymentStatus,
  { reference, amount }: { readonly reference: string; readonly amount: Money },
): PaymentStatus {
  return { ...payment, reference, ...amount }
}

/** A payment that was refused is over; a void or refund that was refused leaves the money where it is. */
function refused(payment: PaymentStatus, call: MoneyCall): PaymentStatus {
  if (call === 'void' || call === 'refund')
    return { ...payment, ...(payment.intent && { intent: { ...payment.intent, refused: true } }) }
  return settled(payment, 'Declined')
}

function unsure(payment: PaymentStatus, call: MoneyCall, now: number): PaymentStatus {
  const pays = call === 'authorise' || call === 'charge'
  return { ...payment, state: pays ? 'Unknown' : payment.state, unknownSince: iso(now) }
}

/** Counts as not taken: an acknowledged void says so, or the time in which a call might have taken effect. */
export function neverTaken(payment: PaymentStatus): PaymentStatus {
  return settled(payment, 'Declined')
}

/** The payment as an administrator has found it. */
export function resolved(payment: PaymentStatus, { payment: state, reference }: Resolution): PaymentStatus {
  const known = { NotTaken: 'Declined', Taken: 'Taken', Refunded: 'Refunded' } as const
  return { ...settled(payment, known[state]), reference }
}

/** Whether money may be with the provider, or on its way there, that belongs to the customer or to the shop. */
export function isOpen(payment: PaymentStatus | undefined): boolean {
  return payment !== undefined && !['Declined', 'Voided', 'Refunded'].includes(payment.state)
}
