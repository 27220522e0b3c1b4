import type { RefusedLine } from '../../domain/reservation/refused-line.ts'
import type { Reason } from '../../domain/reservation/reservation.ts'
import type { Shortage } from '../../domain/stock/entry.ts'
import type { About, FinishedLine } from './row-books.ts'

/** Units of one stock that an order is about. */
export interface OrderLine {
  /** The stock's uid. */
  readonly stock: string
  readonly quantity: number
  /** The number of an entry that is known to have been decided; a row that knows of none so high was set back. */
  readonly known?: number
}

/** A hold, all lines or none. The same uid is done once; `fingerprint` tells whether the same was asked for. */
export interface Reserve {
  readonly kind: 'reserve'
  readonly uid: string
  readonly fingerprint: string
  readonly about: About
  /** In the order of their stocks' keys: the first is the home. */
  readonly lines: readonly [OrderLine, ...OrderLine[]]
  /** How long it is held; absent = as long as the stock says. */
  readonly ttlMs?: number
  /** Sold or lent at once. */
  readonly confirm: boolean
  /** The uid of a stock of it so many of whose events wait that nothing new is held; what was done before is told. */
  readonly eventsBehind?: string
}

/** What is done to a reservation that exists. */
export type Change =
  /** `late`: also where its time is up, because nobody could do so before. */
  | { readonly kind: 'confirm'; readonly uid: string; readonly late?: boolean }
  | { readonly kind: 'release'; readonly uid: string }
  /** Ended if its time is up. */
  | { readonly kind: 'expire'; readonly uid: string }
  /** Held until `ttlMs` after its beginning, if that is later than now. */
  | { readonly kind: 'extend'; readonly uid: string; readonly ttlMs: number }
  /** Nobody has it any more: what is held or lent comes back, and what is sold stays sold. */
  | { readonly kind: 'end'; readonly uid: string }

export type Order = Reserve | Change

/** How a reservation stands. Times in milliseconds. */
export interface Standing {
  readonly uid: string
  readonly about: About
  readonly phase: 'Reserved' | 'Confirmed' | 'Released' | 'Expired' | 'Rejected'
  readonly reason?: Reason
  /** The home's first; of one that was refused what it asked for. */
  readonly lines: readonly FinishedLine[]
  readonly since?: number
  /** When the hold ends, or would have. */
  readonly deadline?: number
  readonly finishedAt?: number
  readonly shortages?: readonly Shortage[]
}

/** What is known only while an order is decided, and kept nowhere. */
export interface Aftermath {
  /** Of one line: what its stock has left, and the sequence of the decision after which that is. */
  readonly left?: { readonly units: number; readonly sequence: number }
  /** The line that its stock's terms don't allow. */
  readonly refused?: RefusedLine
}

/**
 * What came of an order. `stands` = how the reservation stands now, `decided` whether this order made it so; the rest has
 * changed nothing: `keyReused` = the uid stands for another order, `unknown` = there is no such reservation, `noStock` = a
 * stock of it is not there or closed, `halted` = one decides nothing until somebody has looked at it, `busy` = units are
 * free that must be taken back first, try again at once, `eventsBehind` = it takes nothing new, as the order says.
 */
export type Answer =
  | { readonly kind: 'stands'; readonly standing: Standing; readonly decided: boolean; readonly aftermath?: Aftermath }
  | { readonly kind: 'keyReused' | 'unknown' }
  | { readonly kind: 'noStock' | 'halted' | 'busy' | 'eventsBehind'; readonly stock: string }

/** How long an order is tried, from when it was asked for, of which it is sure that it was not done. */
export const TRIED_FOR_MS = 5_000

/** Too much is asked for at once; nothing was done, and the same may be asked for again soon. */
export class LedgerBusy extends Error {}

interface AwayOptions extends ErrorOptions {
  /** For people who are not to read the words of a server. Absent = the message, which has none. */
  readonly told?: string
}

/**
 * The database takes nothing. This ask has done nothing, and the same may be asked for again; what another of the same uid
 * has done stands.
 */
export class LedgerAway extends Error {
  readonly told: string

  constructor(message: string, { told = message, ...options }: AwayOptions = {}) {
    super(message, options)
    this.told = told
  }
}

/** The database's clock and ours are so far apart that nothing is decided by either. */
export class ClocksDisagree extends LedgerAway {}

/** This process leads no longer: what was asked may be done or not, and it is nobody's here to say. */
export class LeaderEnds extends Error {}

/** No row could have what is ordered; nothing was done, and the same is refused again. */
export class BadOrder extends Error {}
