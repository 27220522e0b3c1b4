import { keyOf, type Reservation } from '../../../domain/reservation/reservation.ts'
import { acknowledged } from '../../../domain/reservation/tell.ts'
import { type Progress, type Wish, wishOf } from '../../../domain/reservation/wish.ts'
import { type Outcome, recheckAfter, settled } from '../../outcome.ts'
import { mayStillCome } from '../../reservation/without-home.ts'
import { toldOf } from '../failure.ts'
import { LeaderEnds, type Order } from '../order.ts'
import type { RowStock } from '../row-stocks.ts'
import { askLedger } from './ask-ledger.ts'
import { decideRowClaim } from './row-claim.ts'
import { cutIn } from './row-refusal.ts'
import { decided, type RowReservationParts, stocksOf, undecided, untilItsEnd } from './row-reservation-parts.ts'
import { tellAnswer } from './tell-answer.ts'
import { whyNoDatabase, whyNotOpen } from './why-undecided.ts'

/** How long a stock may stay unseen: people apply both kinds at once. */
const GRACE_STEP_MS = 500
/** The ledger itself says sooner why it takes nothing; only what may be done already takes it longer. */
const SLOW_MS = 7_000
/** Nothing comes of asking before somebody has changed the settings, and with that started another process. */
const UNSET_MS = 60_000

/**
 * Brings a reservation of stocks whose books are in a database to what its spec asks for. Whatever was done before is
 * found again under its uid: may be repeated, also by another process. Throws where the database can't do it at all.
 */
export async function reconcileRowReservation(parts: RowReservationParts, reservation: Reservation): Promise<Outcome> {
  if (reservation.unreadable !== undefined) return settled // whoever mends it calls
  const wish = wishOf(reservation.spec, reservation.deleting, progressOf(reservation), parts.clock.now())
  if (wish === 'nothing') return atRest(parts, reservation)
  if (isOfFormerStock(parts, reservation)) return endWithStock(parts, reservation)
  const lost = lostStock(parts, reservation)
  if (lost) return undecided(parts, reservation, whyNotOpen(lost, reservation))
  return wish === 'claim' ? claim(parts, reservation) : change(parts, reservation, wish)
}

/** As it was told last: the rows decide whether that is so. */
function progressOf({ status }: Reservation): Progress {
  const { phase, expiresAt, reservedAt } = status ?? {}
  return {
    ...(phase && { phase }),
    ...(expiresAt !== undefined && { deadline: Date.parse(expiresAt) }),
    ...(reservedAt !== undefined && { reservedAt: Date.parse(reservedAt) }),
  }
}

function atRest(parts: RowReservationParts, reservation: Reservation): Outcome {
  decided(parts, reservation)
  const { status } = reservation
  if (status && (status.observedGeneration ?? 0) < reservation.generation) acknowledge(parts, reservation)
  return untilItsEnd(parts, status?.phase === 'Reserved' ? Date.parse(status.expiresAt ?? '') : undefined)
}

function acknowledge(parts: RowReservationParts, reservation: Reservation): void {
  const compose = (latest: Reservation) => {
    const cut = cutIn(latest, stocksOf(parts, latest))
    const facts = { judged: reservation.generation, ...(cut && { cut }) }
    return acknowledged(latest, facts, new Date(parts.clock.now()).toISOString())
  }
  parts.reporter.aside({ reservation, compose })
}

/** What it has is of a stock that is gone, whether or not another has its name since. */
function isOfFormerStock(parts: RowReservationParts, { spec, status }: Reservation): boolean {
  const told = status?.items?.[0]
  if (told === undefined || spec.items.length === 0) return false
  const home = homeOf(parts, spec)
  return home?.uid !== told.stockUID && !home?.formerUids.includes(told.stockUID)
}

/** What it has is of a stock that was restored under another uid, and nobody has accepted its books yet. */
function lostStock(parts: RowReservationParts, { spec, status }: Reservation): RowStock | undefined {
  const told = status?.items?.[0]
  const home = homeOf(parts, spec)
  return told && home && home.uid !== told.stockUID && !home.isOpen ? home : undefined
}

function homeOf({ rowStocks }: RowReservationParts, { items: [first] }: Reservation['spec']): RowStock | undefined {
  return first && rowStocks.find(keyOf(first.stockNamespace, first.stock))
}

/** What was sold stays sold; the rest is gone with its stock. */
async function endWithStock(parts: RowReservationParts, reservation: Reservation): Promise<Outcome> {
  const { unexplained } = parts
  const { status, spec, deleting } = reservation
  if (deleting) return settled
  const given = unexplained.isSold(reservation) && spec.state === 'Released'
  const reason = given ? 'ReleasedByClient' : 'StockGone'
  const phase = status?.phase === 'Waiting' ? 'Rejected' : 'Released'
  const [first] = spec.items
  const absent = first ? [keyOf(first.stockNamespace, first.stock)] : []
  return unexplained.end(reservation, { reason, phase, absent })
}

async function claim(parts: RowReservationParts, reservation: Reservation): Promise<Outcome> {
  const { rowStocks, stocks, unexplained } = parts
  const decision = decideRowClaim(reservation, (item) => {
    const key = keyOf(item.stockNamespace, item.stock)
    return rowStocks.find(key) ?? (stocks.find(key) && 'cluster')
  })
  switch (decision.kind) {
    case 'missing': {
      const { item } = decision
      if (await mayStillCome(parts, reservation, item)) return recheckAfter(GRACE_STEP_MS)
      const absent = [keyOf(item.stockNamespace, item.stock)]
      return unexplained.end(reservation, { reason: 'StockNotFound', phase: 'Rejected', absent })
    }
    case 'refused':
      return unexplained.end(reservation, { ...decision.refusal, phase: 'Rejected' })
    case 'notOpen':
      return undecided(parts, reservation, whyNotOpen(decision.stock, reservation))
    case 'order':
      return order(parts, reservation, decision)
  }
}

function change(
  parts: RowReservationParts,
  reservation: Reservation,
  wish: Exclude<Wish, 'claim' | 'nothing'>,
): Promise<Outcome> {
  const { uid, spec } = reservation
  const [first] = stocksOf(parts, reservation)
  const database = first?.database ?? ''
  switch (wish) {
    case 'confirm':
      return order(parts, reservation, { database, order: { kind: wish, uid, late: parts.forgiven.has(uid) } })
    case 'extend':
      return order(parts, reservation, { database, order: { kind: wish, uid, ttlMs: spec.ttlMs ?? 0 } })
    case 'release':
    case 'expire':
    case 'end':
      return order(parts, reservation, { database, order: { kind: wish, uid } })
  }
}

interface Ordered {
  readonly database: string
  readonly order: Order
}

async function order(parts: RowReservationParts, reservation: Reservation, ordered: Ordered): Promise<Outcome> {
  const { database } = ordered
  const ledger = parts.ledgerOf(database)
  if (!ledger) {
    parts.unexplained.explain(reservation, 'StockBusy', whyNoDatabase(database))
    return recheckAfter(UNSET_MS)
  }
  const slow = parts.clock.schedule(SLOW_MS, () =>
    parts.unexplained.explain(
      reservation,
      'StockBusy',
      `database ${database} has not answered yet; whether it was done is not known`,
    ),
  )
  try {
    const answer = await askLedger(ledger, ordered.order)
    if (answer.kind === 'away') return undecided(parts, reservation, { text: `database ${database}: ${answer.reason}` })
    return await tellAnswer(parts, reservation, { ...ordered, answer })
  } catch (error) {
    if (error instanceof LeaderEnds) throw error
    parts.unexplained.explain(reservation, 'StockBusy', `database ${database}: ${toldOf(error)}`)
    throw error
  } finally {
    slow()
  }
}
