import type { Explanation } from '../explanation.ts'
import type { Phase, Reason } from './reservation.ts'

/** Where all is well there is nothing to explain. */
type Explained = Exclude<Reason, 'Reserved' | 'Confirmed'>

interface ReasonExplanation extends Explanation {
  /** The phase of a reservation that is told of it. */
  readonly phase: Phase
}

const aLimit =
  'a limit of one of its stocks; the message names the stock, the consumer, what it has and what it may have'
const lessOrMore = 'ask for less, or have the limit raised'

/**
 * Why a reservation is pending, waiting or over, and what to do. The table of docs/troubleshooting.md and the pages that
 * the gateway's problems point to are made from this.
 */
export const reasonExplanations: Readonly<Record<Explained, ReasonExplanation>> = {
  StockBusy: {
    phase: 'Pending',
    means: "one of its stocks can't decide it now; the message names the stock and says why",
    remedy: 'nothing is lost: it comes back by itself',
  },
  WaitingForStock: {
    phase: 'Waiting',
    means:
      "units are short, others stand before it, the stock is not Ready, or its terms don't allow it at present (`passed over: …`); all that is kept fresh for the first 20",
    remedy: 'wait, or release it',
  },
  InsufficientStock: {
    phase: 'Rejected',
    means:
      'not enough now, and it would not wait; what is available may be promised to reservations of several stocks that are being decided',
    remedy: 'ask for less, set `waitFor`, or try again in a moment',
  },
  NeverFits: {
    phase: 'Rejected',
    means: 'more than the stock could ever hand out: its quantity less what it keeps back as safety stock',
    remedy:
      'ask for less; where the message says `nothing` or `none`, its owner raises `quantity` or lowers `safetyStock`',
  },
  WaitTimedOut: {
    phase: 'Rejected',
    means: 'it waited for `waitFor` in vain',
    remedy: 'a new reservation with a longer `waitFor`',
  },
  StockNotFound: {
    phase: 'Rejected',
    means: 'there is no stock of the namespace and name that the message says',
    remedy: "create it, or correct the item's stock and `stockNamespace`, in a new reservation",
  },
  StockNotShared: {
    phase: 'Rejected',
    means: 'the stock is in another namespace, which does not share it',
    remedy: 'its owner adds yours to `spec.allowedNamespaces`',
  },
  StockPaused: {
    phase: 'Rejected',
    means: '`spec.paused` of the stock',
    remedy: 'wait until it goes on; with `waitFor` it would have waited',
  },
  StockTerminating: { phase: 'Rejected', means: 'the stock is being deleted', remedy: 'use another' },
  LimitPerReservation: { phase: 'Rejected', means: aLimit, remedy: lessOrMore },
  LimitPerConsumer: { phase: 'Rejected', means: aLimit, remedy: lessOrMore },
  HoldTooLong: {
    phase: 'Rejected',
    means: 'its `ttl` is longer than one of its stocks holds for anybody',
    remedy: 'stay within `hold.maxTTL` of that stock',
  },
  WaitTooLong: {
    phase: 'Rejected',
    means: 'its `waitFor` is longer than one of its stocks lets anybody wait',
    remedy: 'stay within `waitlist.maxWait` of that stock',
  },
  PriorityTooHigh: {
    phase: 'Rejected',
    means: 'its priority is above what one of its stocks lets anybody have',
    remedy: 'stay within `waitlist.maxPriority` of that stock',
  },
  WaitlistFull: {
    phase: 'Rejected',
    means: 'as many wait as one of its stocks lets wait',
    remedy: 'try again later, or have `waitlist.maxLength` of that stock raised',
  },
  NoWaitlist: {
    phase: 'Rejected',
    means: 'it would wait (`waitFor`), and its stock keeps its books in PostgreSQL, where nobody can',
    remedy: 'a new reservation without `waitFor`, tried again when units may have come free',
  },
  LedgersDiffer: {
    phase: 'Rejected',
    means:
      'its stocks keep their books in different places (`spec.ledger`): some in the cluster, or in several databases; all or nothing of them is not possible',
    remedy: 'a reservation for the stocks of each place',
  },
  HoldExpired: { phase: 'Expired', means: 'nobody confirmed in time', remedy: 'a new reservation' },
  ConfirmedTooLate: { phase: 'Expired', means: 'the confirm came after the deadline', remedy: 'a new reservation' },
  ReleasedByClient: { phase: 'Released', means: 'given back', remedy: 'a new reservation, if it is needed after all' },
  StockGone: {
    phase: 'Released',
    means:
      'one of its stocks was removed, also where another has its name since; who waited for a stock that was removed is Rejected',
    remedy: 'a new reservation, of another stock',
  },
  Deleted: {
    phase: 'Released',
    means: 'somebody has deleted it, and with that given it back',
    remedy: 'a new reservation, if it is needed after all',
  },
  Undone: {
    phase: 'Released',
    means: 'it is over, and what a stock still had for it was given back',
    remedy: 'a new reservation',
  },
}

export const explainedReasons = Object.keys(reasonExplanations) as readonly Explained[]
