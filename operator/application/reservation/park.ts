import { keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { partsOf } from '../../domain/reservation/undecided-message.ts'
import { wishOf } from '../../domain/reservation/wish.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { NotServed } from '../ledger/stock-ledger.ts'
import type { Undecided, Why } from '../ledger/undecided.ts'
import { type Outcome, recheckAfter, recheckAt } from '../outcome.ts'
import { whyText } from './explanations.ts'
import type { Stocks } from './stocks.ts'
import { homeOf } from './stocks-of-reservation.ts'
import type { Unexplained } from './unexplained.ts'

/** What could not be decided yet is looked at again. */
export const UNDECIDED_MS = 2_000
/** Where nothing can be told, that is tried again after this time. */
export const UNTOLD_MS = 5_000
/** Whoever waits is asked for again whether that is still for the same reason. */
const TOLD_AGAIN_MS = 30_000
/** Who waits for a stock that hands nothing out is told so after this long; for one that only has much to do, later. */
const TOLD_AFTER_MS = 2_000
const TOLD_AFTER_BUSY_MS = 10_000

/** How long a reservation is undecided, and how long for the same reason; the stock where it is parked, which it may leave. */
export interface UndecidedSince {
  readonly stock: Undecided['stock']
  readonly leave: () => void
  readonly since: Tick
  readonly reason: Why['reason']
  readonly reasonSince: Tick
}

export interface ParkParts {
  readonly clock: Clock
  readonly stocks: Stocks
  readonly unexplained: Pick<Unexplained, 'explain'>
  /** Those whose present wish could not be decided so far, by uid. */
  readonly undecided: Map<string, UndecidedSince>
  readonly enqueue: (key: string) => void
}

/** Comes back when the stock calls, and is told why it waits once that takes long. */
export function park(parts: ParkParts, reservation: Reservation, error: Undecided): Outcome {
  const key = keyOf(reservation.namespace, reservation.name)
  const { parking, takesUnits, why } = error
  const isParked = why.reason !== 'Untold' && why.reason !== 'Unseen' // these don't end with a decision of the stock
  const leftMs = untilToldMs(note(parts, reservation, error), reservation, parts.clock.tick())
  if (isParked) parking.park(key, takesUnits ? 'takes' : 'gives', () => parts.enqueue(key))
  if (leftMs > 0) return recheckAfter(leftMs)
  parts.unexplained.explain(reservation, 'StockBusy', whyText(error, reservation.namespace))
  return isParked ? whileParked(parts, reservation) : recheckAfter(UNTOLD_MS)
}

/** It is decided, or gone: it waits nowhere any more. */
export function forgetUndecided({ undecided }: Pick<ParkParts, 'undecided'>, uid: string): void {
  undecided.get(uid)?.leave()
  undecided.delete(uid)
}

/** Nothing is known of a stock in a namespace that can't be listed: it may be there. */
export function waitForNamespace(parts: ParkParts, reservation: Reservation, error: NotServed): Outcome {
  if (wantsSomething(reservation, parts.clock.now())) parts.unexplained.explain(reservation, 'StockBusy', error.message)
  return recheckAfter(UNTOLD_MS)
}

/** By what it was told last: whoever has all that it asks for is not kept waiting. */
function wantsSomething({ spec, status, deleting }: Reservation, now: number): boolean {
  const { phase, expiresAt, reservedAt, waitlist } = status ?? {}
  const end = phase === 'Waiting' ? waitlist?.until : expiresAt
  const progress = {
    ...(phase && { phase }),
    ...(end !== undefined && { deadline: Date.parse(end) }),
    ...(reservedAt !== undefined && { reservedAt: Date.parse(reservedAt) }),
  }
  return wishOf(spec, deleting, progress, now) !== 'nothing'
}

/** It waits at one stock at a time. */
function note({ clock, undecided }: ParkParts, reservation: Reservation, error: Undecided): UndecidedSince {
  const { uid, namespace, name } = reservation
  const { stock, parking, why } = error
  const now = clock.tick()
  const before = undecided.get(uid)
  if (before && before.stock !== stock) before.leave()
  const after = {
    ...{ stock, leave: () => parking.leave(keyOf(namespace, name)), since: before?.since ?? now },
    ...{ reason: why.reason, reasonSince: before?.reason === why.reason ? before.reasonSince : now },
  }
  undecided.set(uid, after)
  return after
}

/** What passes soon takes the place of what somebody was told before only when it does not pass. */
function untilToldMs({ since, reason, reasonSince }: UndecidedSince, { status }: Reservation, now: Tick): number {
  const wasTold =
    status !== undefined && (status.phase === 'Pending' || partsOf(status.message).undecided !== undefined)
  return toldAfterMs(reason) - msBetween(wasTold && passes(reason) ? reasonSince : since, now)
}

/**
 * The stock calls back who is parked there; but not when its time to wait is up, nor when what is being stored of it
 * comes to nothing, nor when it can't decide for another reason than it could not before.
 */
function whileParked({ stocks, clock }: ParkParts, reservation: Reservation): Outcome {
  const home = homeOf(stocks, reservation)
  const claim = home?.book.claims.get(reservation.uid)
  if (home && !home.book.isStored(reservation.uid)) return recheckAfter(UNDECIDED_MS)
  const now = clock.now()
  const mustEnd = claim?.phase === 'Waiting' && claim.deadline > now
  return recheckAt(Math.min(mustEnd ? claim.deadline : Infinity, now + TOLD_AGAIN_MS), now)
}

/** What is being stored looks decided when it is looked at again, so a store that fails is told of at once: it has for long. */
function toldAfterMs(reason: Why['reason']): number {
  if (reason === 'StoreFails') return 0
  return passes(reason) ? TOLD_AFTER_BUSY_MS : TOLD_AFTER_MS
}

const passes = (reason: Why['reason']) => reason === 'Busy' || reason === 'Counting' || reason === 'Unseen'
