import { durationText } from '../duration.ts'
import type { StockTerms } from '../stock/terms.ts'

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
  readonly limit?: { readonly field: string; readonly text: (terms: StockTerms) => string }
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
  WaitingForStock: { text: 'waiting for {what}: {balances}{place}{next}', by: 'books', fate: 'waits' },
  WaitTimedOut: { text: 'waited {waited} for {what}; {available}', by: 'time', fate: 'over' },
  InsufficientStock: { text: 'needs {what}{lack}', by: 'books', fate: 'over' },
  NeverFits: {
    text: 'needs {what}, more than the stock can ever hand out{limit}; ask for less',
    by: 'terms',
    fate: 'over',
    limit: {
      field: 'quantity',
      text: ({ quantity, safetyStock }) => `at most ${Math.max(0, quantity - safetyStock)}`,
    },
  },
  StockNotFound: {
    text: 'a stock of it does not exist',
    unled: 'there is no such stock; create it, then create a new reservation',
    by: 'operator',
    fate: 'over',
    endsWaits: true,
  },
  StockNotShared: {
    text: 'the stock is not shared with namespace {namespace}; its owner can add it to spec.allowedNamespaces',
    by: 'terms',
    fate: 'over',
  },
  StockPaused: {
    text: 'the stock is paused and hands nothing out; set waitFor to wait until it goes on',
    by: 'terms',
    fate: 'over',
  },
  StockTerminating: {
    text: 'the stock is being deleted and hands nothing out any more',
    unled: 'the stock is being deleted and hands nothing out any more',
    by: 'terms',
    fate: 'over',
    endsWaits: true,
  },
  StockGone: {
    text: 'a stock of it was deleted',
    unled: 'the stock was deleted, and what it had out with it',
    by: 'operator',
    fate: 'over',
  },
  StockBusy: { text: 'not decided yet', by: 'operator', fate: 'undecided' },
  LimitPerReservation: {
    text: 'asks for more units than one reservation may have{limit}',
    by: 'terms',
    fate: 'over',
    limit: { field: 'limits.perReservation', text: ({ limits }) => `at most ${limits.perReservation}` },
  },
  LimitPerConsumer: {
    text: 'its consumer would have more units than one consumer may have{limit}',
    by: 'terms',
    fate: 'over',
    limit: { field: 'limits.perConsumer', text: ({ limits }) => `at most ${limits.perConsumer}` },
  },
  WaitlistFull: {
    text: 'the waiting list is full{limit}; try again later',
    by: 'books',
    fate: 'over',
    limit: { field: 'waitlist.maxLength', text: ({ waitlist }) => `${waitlist.maxLength} are waiting` },
  },
  HoldTooLong: {
    text: "its ttl is longer than the stock's longest hold{limit}",
    by: 'terms',
    fate: 'over',
    limit: { field: 'hold.maxTTL', text: ({ hold }) => `at most ${durationText(hold.maxTtlMs)}` },
  },
  WaitTooLong: {
    text: "its waitFor is longer than the stock's longest wait{limit}",
    by: 'terms',
    fate: 'over',
    limit: { field: 'waitlist.maxWait', text: ({ waitlist }) => `at most ${durationText(waitlist.maxWaitMs)}` },
  },
  PriorityTooHigh: {
    text: "its priority is above the stock's highest{limit}",
    by: 'terms',
    fate: 'over',
    limit: { field: 'waitlist.maxPriority', text: ({ waitlist }) => `at most ${waitlist.maxPriority}` },
  },
  Undone: { text: '{what} given back', by: 'operator', fate: 'over' },
} as const satisfies Readonly<Record<string, ReasonRecord>>

export const reasonNames = Object.keys(reasons) as readonly (keyof typeof reasons)[]

/** What is known of one; the same for all of them. */
export function recordOf(reason: keyof typeof reasons): ReasonRecord {
  return reasons[reason]
}
