import { isFinished, keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { type Progress, wishOf } from '../../domain/reservation/wish.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import { decideConfirm, decideExpire, decideExtend, decideRelease } from '../../domain/stock/decide.ts'
import { msBetween, type Tick } from '../clock.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { NotServed } from '../ledger/stock-ledger.ts'
import { Undecided, type Why } from '../ledger/undecided.ts'
import { type Outcome, recheckAfter, recheckAt, settled } from '../outcome.ts'
import { acknowledgeSpec } from './acknowledge-spec.ts'
import { type ClaimParts, claimUnits } from './claim-units.ts'
import type { Departed } from './departed.ts'
import { endReservation } from './end-reservation.ts'
import type { JudgedSpecs } from './judged-specs.ts'
import { leaveLines } from './leave-lines.ts'
import { hasLostLine, isOfFormerStock } from './lost-line.ts'
import type { Reporter } from './reporter.ts'
import type { Reservations } from './reservations.ts'
import type { HeldSet } from './stock-set.ts'
import { followersOf, homeKeyOf, homeOf } from './stocks-of-reservation.ts'
import type { Unclear } from './unclear.ts'
import type { Unexplained } from './unexplained.ts'
import { ofClosedStock, ofFormerStock, withoutHome } from './without-home.ts'

/** What could not be decided yet is looked at again. */
const UNDECIDED_MS = 2_000
/** Where nothing can be told, that is tried again after this time. */
const UNTOLD_MS = 5_000

/** A set that waits is looked at again now and then: it may lack a stock in whose line it could not stand. */
const SET_LOOK_MS = 10_000
/** Who waits for a stock that hands nothing out is told so after this long; for one that only has much to do, later. */
const TOLD_AFTER_MS = 2_000
const TOLD_AFTER_BUSY_MS = 10_000

export interface ReconcileParts extends ClaimParts {
  readonly reservations: Reservations
  readonly departed: Departed
  readonly unexplained: Unexplained
  readonly unclear: Unclear
  readonly reporter: Pick<Reporter, 'aside'>
  readonly judged: JudgedSpecs
  /** Since when the present wish of a reservation could not be decided, by uid. */
  readonly undecidedSince: Map<string, Tick>
  readonly enqueue: (key: string) => void
}

/** Brings one reservation to what its spec asks for, and ends what is left of deleted ones of its name. Safe to repeat. */
export async function reconcileReservation(parts: ReconcileParts, key: string): Promise<Outcome> {
  const faults = await endDeparted(parts, key)
  const reservation = parts.reservations.find(key)
  const outcome = reservation ? await bringOnOrPark(parts, reservation) : settled
  if (faults.length > 0) throw faults[0]
  return outcome
}

async function bringOnOrPark(parts: ReconcileParts, reservation: Reservation): Promise<Outcome> {
  try {
    const outcome = await bringOn(parts, reservation)
    parts.undecidedSince.delete(reservation.uid)
    return outcome
  } catch (error) {
    if (error instanceof Undecided) return park(parts, reservation, error)
    if (error instanceof NotServed) return waitForNamespace(parts, reservation, error)
    throw error
  }
}

/** A deleted one that can't be ended now keeps nobody waiting who has its name since. Answers what went wrong with it. */
async function endDeparted(parts: ReconcileParts, key: string): Promise<unknown[]> {
  const faults: unknown[] = []
  for (const gone of parts.departed.of(key)) {
    try {
      parts.undecidedSince.delete(gone.uid)
      await endReservation(parts, gone)
      if (gone.reservation) parts.unclear.gone(gone.reservation)
    } catch (error) {
      if (error instanceof Undecided) error.parking.park(gone.uid, 'gives', () => parts.enqueue(key))
      else faults.push(error)
    }
  }
  return faults
}

/** Nothing is known of a stock in a namespace that can't be listed: it may be there. */
function waitForNamespace({ unexplained }: ReconcileParts, reservation: Reservation, error: NotServed): Outcome {
  unexplained.explain(reservation, 'StockBusy', error.message)
  return recheckAfter(UNTOLD_MS)
}

/** Comes back when the stock calls, and is told why it waits once that takes long. */
async function park(parts: ReconcileParts, reservation: Reservation, undecided: Undecided): Promise<Outcome> {
  const { clock, undecidedSince } = parts
  const { uid, namespace, name } = reservation
  const { parking, takesUnits, why } = undecided
  const key = keyOf(namespace, name)
  if (why.reason === 'Untold') return recheckAfter(UNTOLD_MS)
  parking.park(key, takesUnits ? 'takes' : 'gives', () => parts.enqueue(key))
  const since = undecidedSince.get(uid) ?? clock.tick()
  undecidedSince.set(uid, since)
  const leftMs = toldAfterMs(why) - msBetween(since, clock.tick())
  if (leftMs > 0) return recheckAfter(leftMs)
  parts.unexplained.explain(reservation, 'StockBusy', `${undecided.stock.name}: ${why.message}`)
  return whileParked(parts, reservation)
}

/** The stock calls back who is parked there; but not when its time to wait is up, nor when what is being stored of it comes to nothing. */
function whileParked({ stocks, clock }: ReconcileParts, reservation: Reservation): Outcome {
  const home = homeOf(stocks, reservation)
  const claim = home?.book.claims.get(reservation.uid)
  if (home && !home.book.isStored(reservation.uid)) return recheckAfter(UNDECIDED_MS)
  const now = clock.now()
  return claim?.phase === 'Waiting' && claim.deadline > now ? recheckAt(claim.deadline, now) : settled
}

/** What is being stored looks decided when it is looked at again, so a store that fails is told of at once: it has for long. */
function toldAfterMs({ reason }: Why): number {
  if (reason === 'StoreFails') return 0
  return reason === 'Busy' || reason === 'Counting' ? TOLD_AFTER_BUSY_MS : TOLD_AFTER_MS
}

async function bringOn(parts: ReconcileParts, reservation: Reservation): Promise<Outcome> {
  leaveLines(parts, reservation)
  try {
    return await judge(parts, reservation)
  } finally {
    leaveLines(parts, reservation)
  }
}

async function judge(parts: ReconcileParts, reservation: Reservation): Promise<Outcome> {
  parts.judged.note(reservation)
  const home = homeOf(parts.stocks, reservation)
  const claim = home?.book.claims.get(reservation.uid)
  if (parts.unclear.isUnclear(reservation)) return leaveAlone(parts, reservation, home)
  if (isFinished(reservation.status?.phase)) return undo(parts, reservation, home)
  if (!home) return withoutHome(parts, reservation)
  if (parts.unexplained.isOver(reservation, home.stock.uid)) return settled
  if (!claim && isOfFormerStock(reservation, home)) return ofFormerStock(parts, reservation)
  if (!claim && isSeenLate(reservation)) return recheckAfter(UNDECIDED_MS)
  if (home.closed) return ofClosedStock(parts, reservation, claim)

  const { uid, namespace } = reservation
  const held = { uid, namespace, home, followers: followersOf(parts.stocks, reservation) }
  const decided = parts.unexplained.explainIfSlow(reservation, [home, ...held.followers])
  try {
    await fulfil(parts, reservation, held, claim)
  } finally {
    decided()
  }
  acknowledgeSpec(parts, reservation)
  return recheckAtDeadline(parts, home, reservation)
}

/** It was told of a sale that the books no more know of: its object is gone, which the watch has yet to show. */
function isSeenLate({ status }: Reservation): boolean {
  return status?.phase === 'Confirmed'
}

/** What it has is not known, and whatever was decided could be wrong. It comes back when its home is taken over with it. */
function leaveAlone({ unexplained }: ReconcileParts, reservation: Reservation, home: StockActor | undefined): Outcome {
  if (home && reservation.unreadable === undefined) unexplained.explainIfSlow(reservation, [home])
  return settled
}

async function fulfil(
  parts: ReconcileParts,
  reservation: Reservation,
  held: HeldSet,
  claim: Claim | undefined,
): Promise<void> {
  const { uid, spec } = reservation
  const { home } = held
  if (hasLostLine(parts.stocks, claim)) return giveUp(parts, held)
  switch (wishOf(spec, reservation.deleting, progressOf(claim, reservation, parts, home), parts.clock.now())) {
    case 'claim':
      return claimUnits(parts, reservation, home)
    case 'confirm':
      return parts.sets.settle(held, (now, book, at) => decideConfirm(now, book, at, parts.forgiven.has(uid)))
    case 'release':
      return release(parts, reservation, held)
    case 'extend':
      return parts.sets.settle(held, (now, book, at) => decideExtend(now, book, at, longestOf(held, spec.ttlMs ?? 0)))
    case 'expire':
      return parts.sets.settle(held, (now, book, at) => decideExpire(now, book, at))
    case 'end':
      return endReservation(parts, { uid, homeKey: keyOf(home.stock.namespace, home.stock.name), reservation })
    case 'nothing':
      if (!reservation.status) home.mustDecide({}) // what its books say may not be stored yet
      return
  }
}

/** No stock is held longer than it allows, whichever is the home. */
function longestOf({ home, followers }: HeldSet, ttlMs: number): number {
  return Math.min(ttlMs, ...[home, ...followers].map(({ book }) => book.terms.hold.maxTtlMs))
}

/** Gives back what is out; a release that comes before the hold is a decision too, so that none can follow it. */
function release({ sets }: ReconcileParts, reservation: Reservation, held: HeldSet): Promise<void> {
  const { uid, namespace, name } = reservation
  return sets.settle(held, (claim, book) => {
    if (claim) return decideRelease(claim, book, 'ReleasedByClient')
    const foreign = namespace !== book.stock.namespace && { reservationNamespace: namespace }
    return [{ verb: 'Release', reservation: name, ...foreign, uid, quantity: 0, reason: 'ReleasedByClient' }]
  })
}

/** A line of it is lost with its stock: without that one the others are no use. */
function giveUp({ sets }: ReconcileParts, held: HeldSet): Promise<void> {
  return sets.settle(held, (now, book) => (now?.phase === 'Reserved' ? decideRelease(now, book, 'StockGone') : []))
}

/** The status says it is over. What the books still have for it was decided by nobody who told it: it is given back. */
async function undo(parts: ReconcileParts, reservation: Reservation, home: StockActor | undefined): Promise<Outcome> {
  const { uid } = reservation
  const followers = followersOf(parts.stocks, reservation)
  if (home?.book.claims.has(uid) && !home.closed) {
    await parts.sets.settle({ uid, home, followers }, (claim, book) => decideRelease(claim, book, 'Undone'))
  } else if (followers.some(({ book }) => book.claims.has(uid))) {
    await endReservation(parts, { uid, homeKey: homeKeyOf(reservation), reservation, reason: 'Undone' })
  }
  acknowledgeSpec(parts, reservation)
  if (home) parts.unexplained.isOver(reservation, home.stock.uid) // it may be forgotten: the watch has caught up
  return settled
}

function progressOf(
  claim: Claim | undefined,
  reservation: Reservation,
  parts: ReconcileParts,
  home: StockActor,
): Progress {
  if (claim) return { phase: claim.phase, deadline: claim.deadline, reservedAt: claim.reservedAt }
  const over = parts.unexplained.isOver(reservation, home.stock.uid)
  return over ? { phase: 'Released' } : {}
}

function recheckAtDeadline(parts: ReconcileParts, home: StockActor, reservation: Reservation): Outcome {
  const claim = home.book.claims.get(reservation.uid)
  if (!claim) return parts.unexplained.isOver(reservation, home.stock.uid) ? settled : recheckAfter(UNDECIDED_MS)
  if (claim.phase === 'Confirmed') return settled
  const now = parts.clock.now()
  const looksAround = claim.phase === 'Waiting' && reservation.spec.items.length > 1
  return recheckAt(looksAround ? Math.min(claim.deadline, now + SET_LOOK_MS) : claim.deadline, now)
}
