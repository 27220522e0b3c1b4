import { keyOf, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import { partsOf } from '../../domain/reservation/undecided-message.ts'
import { isPassedOver } from '../../domain/stock/may-take.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import { sameValue } from '../same-value.ts'
import { EXACT_POSITIONS, type PlaceParts, placeNow } from './place-now.ts'
import type { Reporter } from './reporter.ts'
import type { Reservations } from './reservations.ts'
import type { Unexplained } from './unexplained.ts'

const REFRESH_MS = 5_000

export interface RefreshParts extends PlaceParts {
  readonly reservations: Pick<Reservations, 'find'>
  readonly reporter: Pick<Reporter, 'aside'>
  readonly unexplained: Pick<Unexplained, 'isUndecided'>
  /** Those that are led at the moment. */
  readonly actors: { values(): Iterable<StockActor> }
}

/**
 * Has, with each call, the first in each line told where they stand now and what they lack, if any of that has changed;
 * and once everybody in the line of a stock that can serve again. No decision, so no new sequence; a report of the journal
 * goes first. A line whose first one can't be told anything is looked at.
 */
export function positionRefresher(parts: RefreshParts): () => Promise<Outcome> {
  const hindered = new WeakSet<StockActor>()

  function inLine(actor: StockActor): Reservation[] {
    if (isHindered(actor)) hindered.add(actor)
    else if (hindered.delete(actor)) return firstInLine(parts, actor, Infinity) // whoever came meanwhile was told so
    return firstInLine(parts, actor, EXACT_POSITIONS)
  }

  return async () => {
    const actors = [...parts.actors.values()]
    for (const actor of actors) if (isLedByMute(actor)) actor.lookAtLine() // no decision tells that nobody else need wait for it
    const looked = new Set(actors.flatMap(inLine)) // of several stocks once
    for (const reservation of looked) {
      if (present(parts, reservation))
        parts.reporter.aside({ reservation, compose: (latest) => present(parts, latest) })
    }
    return recheckAfter(REFRESH_MS)
  }
}

const isHindered = ({ closedBecause, stalled }: StockActor) => closedBecause !== undefined || stalled

/** Whether nothing can be told to one before the head of its line, by now: those behind it may be served. */
function isLedByMute({ book }: StockActor): boolean {
  for (const request of book.waiting) {
    if (book.isMute(request.namespace)) return true
    if (!isPassedOver(request, book)) return false
  }
  return false
}

function firstInLine({ reservations }: RefreshParts, { book }: StockActor, most: number): Reservation[] {
  const first: Reservation[] = []
  let position = 0
  for (const { uid, namespace, name } of book.waiting) {
    position += 1
    if (position > most) break
    const reservation = reservations.find(keyOf(namespace, name))
    if (reservation?.uid === uid) first.push(reservation)
  }
  return first
}

/** The status with the numbers of now; undefined when it has nothing to say, or says it already. */
function present(parts: RefreshParts, reservation: Reservation): ReservationStatus | undefined {
  const { status, uid } = reservation
  const said = status && parts.unexplained.isUndecided(uid) ? partsOf(status.message).undecided : undefined
  const after = placeNow(parts, reservation, said)
  const isSaid = after?.message === status?.message && sameValue(after?.waitlist, status?.waitlist)
  return isSaid ? undefined : after
}
