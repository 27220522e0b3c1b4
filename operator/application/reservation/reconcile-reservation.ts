import { isFinished, keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { type Standing, wishOf } from '../../domain/reservation/wish.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import { decideClaim, decideConfirm, decideExpire, decideExtend, decideRelease } from '../../domain/stock/decide.ts'
import type { Clock } from '../clock.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { acknowledgeSpec } from './acknowledge-spec.ts'
import type { Departed } from './departed.ts'
import { endReservation, releaseOrphans } from './end-reservation.ts'
import type { JudgedSpecs } from './judged-specs.ts'
import { hasLostLine, isOfFormerStock } from './lost-line.ts'
import type { Reporter } from './reporter.ts'
import type { Reservations } from './reservations.ts'
import type { SeveralStocks } from './several-stocks.ts'
import { type HeldSet, isUndecidable, linesOf, type StockSet } from './stock-set.ts'
import type { Stocks } from './stocks.ts'
import { followersOf, homeKeyOf, homeOf, setOf } from './stocks-of-reservation.ts'
import type { Unexplained } from './unexplained.ts'

/** How long a stock may stay unknown: people apply both kinds at once. */
const GRACE_MS = 3_000
const GRACE_STEP_MS = 500
/** What could not be decided yet is looked at again. */
const UNDECIDED_MS = 2_000

export interface ReconcileParts {
  readonly reservations: Reservations
  readonly stocks: Stocks
  readonly sets: SeveralStocks
  readonly departed: Departed
  readonly unexplained: Unexplained
  readonly reporter: Pick<Reporter, 'aside'>
  readonly judged: JudgedSpecs
  readonly clock: Clock
  /** Reservations that asked to be confirmed while nobody led: their deadline may have passed meanwhile. */
  readonly forgiven: ReadonlySet<string>
}

/** Brings one reservation to what its spec asks for, and ends what is left of deleted ones of its name. Safe to repeat. */
export async function reconcileReservation(parts: ReconcileParts, key: string): Promise<Outcome> {
  for (const gone of parts.departed.of(key)) await endReservation(parts, gone)
  const reservation = parts.reservations.find(key)
  if (!reservation) return settled
  parts.judged.note(reservation)
  const home = homeOf(parts.stocks, reservation)
  const claim = home?.book.claims.get(reservation.uid)
  if (isFinished(reservation.status?.phase)) return undo(parts, reservation, home)
  if (!home) return withoutHome(parts, reservation)
  if (parts.unexplained.isOver(reservation, home.stock.uid)) return settled
  if (!claim && isOfFormerStock(reservation, home)) return endUnled(parts, reservation, 'StockGone', 'Released')

  const held = { uid: reservation.uid, home, followers: followersOf(parts.stocks, reservation) }
  const decided = parts.unexplained.explainIfSlow(reservation, [home, ...held.followers])
  try {
    await fulfil(parts, reservation, held, claim)
  } finally {
    decided()
  }
  leaveLines(parts, reservation, home)
  acknowledgeSpec(parts, reservation)
  return recheckAtDeadline(parts, home, reservation)
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
  switch (wishOf(spec, reservation.deleting, standingOf(claim, reservation, parts, home), parts.clock.now())) {
    case 'claim':
      return claimUnits(parts, reservation, home)
    case 'confirm':
      return parts.sets.settle(held, (now, book, at) => decideConfirm(now, book, at, parts.forgiven.has(uid)))
    case 'release':
      return release(parts, reservation, held)
    case 'extend':
      return parts.sets.settle(held, (now, book, at) => decideExtend(now, book, at, spec.ttlMs ?? 0))
    case 'expire':
      return parts.sets.settle(held, (now, book, at) => decideExpire(now, book, at))
    case 'end':
      return endReservation(parts, { uid, homeKey: keyOf(home.stock.namespace, home.stock.name), reservation })
    case 'nothing':
      return
  }
}

/** Holds the units, stands in line or is refused; `state: Confirmed` from the beginning follows in the same go. */
async function claimUnits(parts: ReconcileParts, reservation: Reservation, home: StockActor): Promise<void> {
  const set = setOf(parts.stocks, reservation, home)
  const { request } = set.home
  if (reservation.spec.items.length === 1) {
    home.book.setConsumer(request.uid, request.consumer)
    if (home.book.claims.get(request.uid)) home.enqueue(request) // what it asks for may have changed while it waits
    await home.ask({
      size: 2,
      takesUnits: true,
      decide(book, at) {
        const drafts = decideClaim(request, book, at)
        if (drafts[0]?.verb === 'Wait') home.enqueue(request)
        return drafts
      },
    })
    return
  }
  if (set.missing && (await mayStillCome(parts, reservation, set.missing))) return
  if (isUndecidable(set)) {
    return parts.unexplained.explainDelay(
      reservation,
      linesOf(set).map(({ actor }) => actor),
    )
  }
  await parts.sets.claim(set)
  const { uid } = reservation
  if (reservation.spec.state !== 'Confirmed' || home.book.claims.get(uid)?.phase !== 'Reserved') return
  const held = { uid, home, followers: followersOf(parts.stocks, reservation) }
  await parts.sets.settle(held, (claim, book, at) => decideConfirm(claim, book, at, parts.forgiven.has(uid)))
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
  if (home?.book.claims.has(uid)) {
    await parts.sets.settle({ uid, home, followers }, (claim, book) => decideRelease(claim, book, 'Undone'))
  } else if (followers.some(({ book }) => book.claims.has(uid))) {
    await endReservation(parts, { uid, homeKey: homeKeyOf(reservation), reservation, reason: 'Undone' })
  }
  acknowledgeSpec(parts, reservation)
  if (home) parts.unexplained.isOver(reservation, home.stock.uid) // it may be forgotten: the watch has caught up
  return settled
}

async function withoutHome(parts: ReconcileParts, reservation: Reservation): Promise<Outcome> {
  if (reservation.deleting) return settled
  const [first] = reservation.spec.items
  if (first && (await mayStillCome(parts, reservation, first))) return recheckAfter(GRACE_STEP_MS)
  switch (reservation.status?.phase) {
    case 'Confirmed':
      if (!parts.unexplained.isSold(reservation)) return endUnled(parts, reservation, 'StockGone', 'Released')
      acknowledgeSpec(parts, reservation)
      return settled
    case 'Reserved':
      return endUnled(parts, reservation, 'StockGone', 'Released')
    case 'Waiting':
      return endUnled(parts, reservation, 'StockGone', 'Rejected')
    default:
      return endUnled(parts, reservation, 'StockNotFound', 'Rejected')
  }
}

/** Whether a stock that this process does not lead is there, or may be on its way. */
async function mayStillCome(
  { stocks, clock }: ReconcileParts,
  { createdAt }: Reservation,
  { stockNamespace, stock }: NonNullable<StockSet['missing']>,
): Promise<boolean> {
  return clock.now() - createdAt < GRACE_MS || (await stocks.exists(stockNamespace, stock))
}

/** Without a home nobody decides: first the reservation is told, then the other stocks give back what they hold for it. */
async function endUnled(
  parts: ReconcileParts,
  reservation: Reservation,
  reason: 'StockGone' | 'StockNotFound',
  phase: 'Released' | 'Rejected',
): Promise<Outcome> {
  const outcome = await parts.unexplained.end(reservation, reason, phase)
  if (outcome.kind === 'settled') await releaseOrphans(followersOf(parts.stocks, reservation), reservation.uid)
  return outcome
}

function standingOf(
  claim: Claim | undefined,
  reservation: Reservation,
  parts: ReconcileParts,
  home: StockActor,
): Standing {
  if (claim) return { phase: claim.phase, deadline: claim.deadline, reservedAt: claim.reservedAt }
  const over = parts.unexplained.isOver(reservation, home.stock.uid)
  return over ? { phase: 'Released' } : {}
}

/** A set that no longer waits stands in no line. */
function leaveLines({ stocks }: ReconcileParts, reservation: Reservation, home: StockActor): void {
  if (home.book.claims.get(reservation.uid)?.phase === 'Waiting') return
  for (const follower of followersOf(stocks, reservation)) follower.leave(reservation.uid)
}

function recheckAtDeadline(parts: ReconcileParts, home: StockActor, reservation: Reservation): Outcome {
  const claim = home.book.claims.get(reservation.uid)
  if (!claim) return parts.unexplained.isOver(reservation, home.stock.uid) ? settled : recheckAfter(UNDECIDED_MS)
  return claim.phase === 'Confirmed' ? settled : recheckAfter(claim.deadline - parts.clock.now())
}
