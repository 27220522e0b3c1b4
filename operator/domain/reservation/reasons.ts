import { durationText } from '../duration.ts'
import { atMost, lineLengthText, mostText, type RefusedLine } from './refused-line.ts'

/** What is to be known of a reason, wherever it is told: to people, to programs, in the documentation. */
export interface ReasonRecord {
  /** As a reservation's message says it; message.ts fills its blanks in. */
  readonly text: string
  /** The same where no stock is there to decide. */
  readonly unled?: string
  /**
   * Whose doing it is. terms = what the stock's owner allows, now. books = what is out already. time = a hold or a wait
   * has ended. client = whoever has the reservation. operator = it found the stock unable, or not there.
   */
  readonly by: 'terms' | 'books' | 'time' | 'client' | 'operator'
  /** How a reservation stands that is told of it. over = for good. */
  readonly fate: 'undecided' | 'waits' | 'has' | 'over'
  /** Of one that waits: it can't be taken back, so that waiting on would be in vain. */
  readonly endsWaits?: true
  /** The term that it speaks of, and what it allows. */
  readonly limit?: { readonly field: string; readonly text: (line: RefusedLine) => string | undefined }
}

/**
 * Every reason that a reservation may be told, once. The lists in its schema and in those of the events are made from
 * this one by `npm run generate`, docs/reference/reasons.md too; docs/troubleshooting.md has to say what to do.
 */
export const reasons = {
  Reserved: { text: '{what} held until {until}{cut}', by: 'books', fate: 'has' },
  Confirmed: { text: '{what} {kept}', by: 'client', fate: 'has' },
  ReleasedByClient: {
    text: '{what} given back',
    unled: 'given back, as far as its stocks are there',
    by: 'client',
    fate: 'over',
  },
  Deleted: { text: '{what} given back', by: 'client', fate: 'over' },
  HoldExpired: { text: 'the hold ran out; {what} given back', by: 'time', fate: 'over' },
  ConfirmedTooLate: { text: 'confirmed too late: the hold ran out; {what} given back', by: 'time', fate: 'over' },
  WaitingForStock: {
    text: 'waiting for {what}: {balances}{place}{hindrance}{next}{until}',
    by: 'books',
    fate: 'waits',
  },
  WaitTimedOut: { text: 'waited {waited} for {what}; {available}', by: 'time', fate: 'over' },
  InsufficientStock: { text: 'needs {what}{lack}', by: 'books', fate: 'over' },
  NeverFits: {
    text: 'needs {what}, more than {stock} can ever hand out{limit}',
    by: 'terms',
    fate: 'over',
    limit: { field: 'quantity', text: mostText },
  },
  StockNotFound: {
    text: 'there is no stock {absent}; create it, then create a new reservation',
    unled: 'there is no stock {absent}; create it, then create a new reservation',
    by: 'operator',
    fate: 'over',
    endsWaits: true,
  },
  StockNotShared: {
    text: '{stock} is not shared with namespace {namespace}; its owner can add that to spec.allowedNamespaces',
    by: 'terms',
    fate: 'over',
  },
  StockPaused: {
    text: '{stock} is paused and hands nothing out; set waitFor to wait until it goes on',
    by: 'terms',
    fate: 'over',
  },
  StockTerminating: {
    text: '{stock} is being deleted and hands nothing out any more',
    unled: '{absent} is being deleted and hands nothing out any more',
    by: 'terms',
    fate: 'over',
    endsWaits: true,
  },
  StockGone: {
    text: 'a stock of it was deleted',
    unled: '{absent} was deleted, and what it had out with it',
    by: 'operator',
    fate: 'over',
  },
  StockBusy: { text: 'not decided yet', by: 'operator', fate: 'undecided' },
  LimitPerReservation: {
    text: 'asks for {asked}, more than one reservation may have{limit}',
    by: 'terms',
    fate: 'over',
    limit: { field: 'limits.perReservation', text: ({ terms }) => atMost(terms.limits.perReservation) },
  },
  LimitPerConsumer: {
    text: '{consumerAsks}, more than one consumer may have{limit}',
    by: 'terms',
    fate: 'over',
    limit: { field: 'limits.perConsumer', text: ({ terms }) => atMost(terms.limits.perConsumer) },
  },
  WaitlistFull: {
    text: 'the waiting list of {stock} is full{limit}; try again later',
    by: 'books',
    fate: 'over',
    limit: { field: 'waitlist.maxLength', text: lineLengthText },
  },
  HoldTooLong: {
    text: "its ttl{ttl} is longer than {stock}'s longest hold{limit}",
    by: 'terms',
    fate: 'over',
    limit: { field: 'hold.maxTTL', text: ({ terms: { hold } }) => `at most ${durationText(hold.maxTtlMs)}` },
  },
  WaitTooLong: {
    text: "its waitFor{waitFor} is longer than {stock}'s longest wait{limit}",
    by: 'terms',
    fate: 'over',
    limit: {
      field: 'waitlist.maxWait',
      text: ({ terms: { waitlist } }) => `at most ${durationText(waitlist.maxWaitMs)}`,
    },
  },
  PriorityTooHigh: {
    text: "its priority {priority} is above {stock}'s highest{limit}",
    by: 'terms',
    fate: 'over',
    limit: { field: 'waitlist.maxPriority', text: ({ terms }) => atMost(terms.waitlist.maxPriority) },
  },
  NoWaitlist: {
    text: "its waitFor{waitFor} can't be had: {stock} keeps its books in a database, which has no waiting lists; set waitFor to 0s",
    by: 'terms',
    fate: 'over',
  },
  LedgersDiffer: {
    text: 'its stocks keep their books in different places{ledgers}; have a reservation for each place',
    by: 'terms',
    fate: 'over',
  },
  Undone: { text: '{what} given back', by: 'operator', fate: 'over' },
} as const satisfies Readonly<Record<string, ReasonRecord>>

export const reasonNames = Object.keys(reasons) as readonly (keyof typeof reasons)[]

/** What is known of one; the same for all of them. */
export function recordOf(reason: keyof typeof reasons): ReasonRecord {
  return reasons[reason]
}
