import type { Balances } from '../../domain/stock/balances.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import type { StockBook, StockIdentity } from '../../domain/stock/stock-book.ts'
import type { AskQueue, Question } from './ask-queue.ts'
import type { Journal, Unfinished } from './journal.ts'
import type { ParkingLot } from './parking-lot.ts'
import type { Mode } from './readiness.ts'
import type { StoredStock } from './stock-ledger.ts'
import type { NotReady } from './stock-status.ts'

/*
 *   callers ──ask──▶ queue ─┐            ┌─ 200 ─▶ commit: answer callers, report, publish
 *   spec change ────────────┤            │
 *   waiting list ───────────┼─▶ decide ─▶ PUT ─ 409, not ours ──▶ roll back, decide again (or: a stranger ─▶ exit)
 *   finished entries ───────┘     ▲      │
 *                                 │      └─ no answer ─▶ read ─▶ ours? commit : move the version, roll back, decide again
 *                                 └── while a write is in flight, the next batch gathers here
 *
 * One actor for each stock, at most one write in flight, no timer while there is nothing to do. All of the stock's
 * status is written here and nowhere else. What callers are told is stored; what is not stored was told to nobody.
 * Nobody waits here for what can't be decided: who asks then is sent away (Undecided), parks, and is called back.
 */

/** What is stored of one stock, as far as its books can be read. */
export interface FoundBooks {
  readonly stock: StoredStock
  readonly balances: Balances
  readonly claims: readonly Claim[]
  readonly journal: readonly Unfinished[]
  /** Somebody may have units of it, and what it was told can't be read: nothing may be counted down. */
  readonly uncertain: boolean
}

/** The single writer of one stock. */
export interface StockActor extends Pick<ParkingLot, 'place'> {
  readonly book: StockBook
  readonly journal: Journal
  readonly stock: StockIdentity
  /** The version that the next write is based on. */
  readonly known: StoredStock
  readonly mode: Mode
  /** Why no new holds are taken; undefined when they are. */
  readonly closedBecause: NotReady | undefined
  /** Its books can't be stored, for seconds by now; nothing new is decided meanwhile. */
  readonly stalled: boolean
  /** A write is under way, or somebody waits for one. */
  readonly busy: boolean
  /** Those who wait for their turn. */
  readonly queue: Pick<AskQueue, 'length' | 'units' | 'oldestAt'>
  readonly parked: number
  /** Whether the stock's end is written down: nothing is decided after it. */
  readonly closed: boolean
  /** How often it was taken over again. */
  readonly takeovers: number
  /** Whether it decides nothing any more: whoever asks is told why. */
  readonly stopped: boolean
  /** Has `decide` judged when its turn comes; answers with its entries once they are stored, none when it had nothing to do. Throws Undecided, StockGone. */
  ask(question: Question): Promise<readonly Entry[]>
  /** Throws Undecided when it can't decide such a question now. */
  mustDecide(question: Pick<Question, 'takesUnits' | 'namespace'>): void
  /** Writes the stock's end down, unless somebody holds any of it by then; answers whether it did. Throws like `ask`. */
  sayFarewell(isHeld: () => boolean): Promise<boolean>
  /** When the next hold runs out, in ms since 1970; undefined = nothing is held. */
  soonestDeadline(): number | undefined
  /** Takes no new holds from now on, or nothing at all, and says why. */
  block(why: NotReady): void
  /** The same for a stock whose status must not be touched; undefined = it is only not read yet. */
  seal(why: NotReady | undefined): void
  /** Takes the stock over again, from what `load` finds stored: until `counted` nobody else is served. Throws like `load`. */
  retake(load: () => Promise<FoundBooks>): Promise<void>
  /** Its books have been compared with what reservations hold: everybody is served, or, where they differ, nothing new is handed out. */
  counted(differs?: NotReady): void
  /** Stops deciding because of a fault, until it is taken over again. */
  halt(error: unknown): void
  /** Has the next write happen when it is due. Cheap and harmless to call at any time. */
  wake(): void
  /** Units came free, or somebody left its line, otherwise than by a decision of its own: it serves those who wait. */
  lookAtLine(): void
  /** An entry of its journal was told: its namespace may have room again. */
  told(): void
  /** Something that its asks wait for has changed: who can't be served is sent away, who can is called back. */
  review(): void
  /** Resolves when this process has written the stock once more, at once where its end is written down. Throws like `ask`. */
  written(): Promise<void>
  /** A watch saw another version: a changed spec is taken over, a stranger's write ends this process. */
  witness(seen: StoredStock): void
  /** Opens or closes the stock, between two writes of its books. Throws StockGone when it is gone; `once`: also where one try comes to nothing. */
  mark(change: 'open' | 'close', once?: boolean): Promise<void>
  /** Starts no more writes; resolves when none is in flight. */
  rest(): Promise<void>
  stop(error: unknown): void
}
