import { isFinished, keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { type Progress, wishOf } from '../../domain/reservation/wish.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import { decideConfirm, decideExpire, decideExtend, decideRelease } from '../../domain/stock/decide.ts'
import { StockGone } from '../ledger/ledger-faults.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { NotServed } from '../ledger/stock-ledger.ts'
import { Undecided } from '../ledger/undecided.ts'
import { type Outcome, recheckAfter, recheckAt, settled } from '../outcome.ts'
import { acknowledgeSpec } from './acknowledge-spec.ts'
import { type ClaimParts, claimUnits } from './claim-units.ts'
import type { Departed } from './departed.ts'
import { endReservation } from './end-reservation.ts'
import type { JudgedSpecs } from './judged-specs.ts'
import { leaveAllLines, leaveLines } from './leave-lines.ts'
import { hasLostLine, isOfFormerStock } from './lost-line.ts'
import { forgetUndecided, type ParkParts, park, UNDECIDED_MS, UNTOLD_MS, waitForNamespace } from './park.ts'
import type { Reporter } from './reporter.ts'
import type { Reservations } from './reservations.ts'
import type { HeldSet } from './stock-set.ts'
import { followersOf, homeKeyOf, homeOf } from './stocks-of-reservation.ts'
import type { Unclear } from './unclear.ts'
import type { Unexplained } from './unexplained.ts'
import { ofClosedStock, ofFormerStock, withoutHome } from './without-home.ts'

/** Whose stock went while it was asked looks again, when the stock is led no more. */
const GONE_MS = 1_000
/** A set that waits is looked at again now and then: it may lack a stock in whose line it could not stand. */
const SET_LOOK_MS = 10_000

/** Who hears of reservations with which nothing is left to do. */
interface Hearing {
  /** As it was seen last. */
  settled(reservation: Reservation): void
  gone(uid: string): void
}

export interface ReconcileParts extends ClaimParts, ParkParts {
  readonly reservations: Reservations
  readonly finish: Hearing
  readonly departed: Departed
  readonly unexplained: Unexplained
  readonly unclear: Unclear
  readonly reporter: Pick<Reporter, 'aside'>
  readonly judged: JudgedSpecs
}

/** Brings one reservation to what its spec asks for, and ends what is left of deleted ones of its name. Safe to repeat. */
export async function reconcileReservation(parts: ReconcileParts, key: string): Promise<Outcome> {
  try {
    const faults = await endDeparted(parts, key)
    const reservation = parts.reservations.find(key)
    const outcome = reservation ? await bringOnOrPark(parts, reservation) : settled
    if (faults.length > 0) throw faults.find(isFault) ?? faults[0]
    return outcome
  } catch (error) {
    if (error instanceof StockGone) return recheckAfter(GONE_MS) // no fault: all is judged without it
    if (error instanceof NotServed) return recheckAfter(UNTOLD_MS) // nor this: it is looked for again
    throw error
  }
}

/** Others than such as only ask to be looked at again. */
const isFault = (error: unknown) => !(error instanceof StockGone || error instanceof NotServed)

async function bringOnOrPark(parts: ReconcileParts, reservation: Reservation): Promise<Outcome> {
  try {
    const outcome = await bringOn(parts, reservation)
    parts.finish.settled(reservation)
    forgetUndecided(parts, reservation.uid)
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
      forgetUndecided(parts, gone.uid)
      await endReservation(parts, gone)
      parts.finish.gone(gone.uid)
      if (gone.reservation) parts.unclear.gone(gone.reservation)
    } catch (error) {
      if (error instanceof Undecided) error.parking.park(gone.uid, 'gives', () => parts.enqueue(key))
      else faults.push(error)
    }
  }
  return faults
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
  if (parts.unclear.isUnclear(reservation)) return waitUntilClear(parts, reservation, home)
  if (isFinished(reservation.status?.phase)) return undo(parts, reservation, home)
  if (!home) return withoutHome(parts, reservation)
  if (parts.unexplained.isOver(reservation, home.stock.uid)) return settled
  if (!claim && isOfFormerStock(reservation, home)) return ofFormerStock(parts, reservation)
  if (!claim && isSeenLate(reservation)) return recheckAfter(UNDECIDED_MS)
  if (home.closed) return ofClosedStock(parts, reservation, claim)
  return served(parts, reservation, home, claim)
}

async function served(
  parts: ReconcileParts,
  reservation: Reservation,
  home: StockActor,
  claim: Claim | undefined,
): Promise<Outcome> {
  const { uid, namespace } = reservation
  const held = { uid, namespace, home, followers: followersOf(parts.stocks, reservation) }
  const decided = parts.unexplained.explainIfSlow(reservation, [home, ...held.followers])
  try {
    await fulfil(parts, reservation, held, claim)
  } finally {
    decided()
  }
  if (isToldOf(home.book.claims.get(uid), reservation)) parts.unexplained.decided(reservation)
  acknowledgeSpec(parts, reservation)
  return recheckAtDeadline(parts, home, reservation)
}

/** Otherwise what it is to be told says more. */
function isToldOf(claim: Claim | undefined, { status }: Reservation): boolean {
  return claim !== undefined && claim.sequence === status?.sequence
}

/** It was told of a sale that the books no more know of: its object is gone, which the watch has yet to show. */
function isSeenLate({ status }: Reservation): boolean {
  return status?.phase === 'Confirmed'
}

/** What it has is not known: whatever was decided could be wrong. Its home is taken over again, and calls; where that fails, it says why. */
function waitUntilClear({ stocks }: ReconcileParts, reservation: Reservation, home: StockActor | undefined): Outcome {
  if (reservation.unreadable !== undefined) {
    if (home && reservation.spec.items.length > 1) leaveAllLines(stocks, reservation, home) // only we could serve it
    return settled
  }
  if (!home) return settled
  home.mustDecide({})
  const message = 'could not be taken over again yet with what was not seen before'
  throw new Undecided(home.stock, home.place(), { reason: 'Unseen', message }, false)
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
      if (!reservation.status || !home.book.isStored(uid)) home.mustDecide({}) // what its books say may come to nothing
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
