import { type Money, samePrice } from '../money.ts'
import type { MoneyCall, PaymentState, PaymentStatus, Resolution } from './payment.ts'

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

/**
 * Nothing more is known to be under way. Of what came to nothing it stays known that it was unknown for a while, and by
 * which call it was given back last: should it be charged after that, giving it back is another call.
 */
function settled(payment: PaymentStatus, state: PaymentState): PaymentStatus {
  const { intent, unknownSince, ...rest } = payment
  if (state !== 'Declined' && state !== 'Voided') return { ...rest, state }
  const gaveBack = intent?.call === 'void' || intent?.call === 'refund'
  return { ...rest, state, ...(gaveBack && { intent }), ...(unknownSince !== undefined && { unknownSince }) }
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

/**
 * A payment that was refused is over. One that can't be captured is still authorised, which is to be voided; a void or
 * refund that was refused leaves the money where it is.
 */
function refused(payment: PaymentStatus, call: MoneyCall): PaymentStatus {
  if (call === 'capture') return settled(payment, 'Authorised')
  if (call === 'void' || call === 'refund')
    return { ...payment, ...(payment.intent && { intent: { ...payment.intent, refused: true } }) }
  return settled(payment, 'Declined')
}

function unsure(payment: PaymentStatus, call: MoneyCall, now: number): PaymentStatus {
  const pays = call === 'authorise' || call === 'charge'
  return { ...payment, state: pays ? 'Unknown' : payment.state, unknownSince: new Date(now).toISOString() }
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
