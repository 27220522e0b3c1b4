import { isFinished, type Reservation } from '../../../domain/reservation/reservation.ts'
import { type Outcome, recheckAfter, settled } from '../../outcome.ts'
import type { Departed } from '../../reservation/departed.ts'
import type { Reservations } from '../../reservation/reservations.ts'
import { departedRows, isOfRows } from './end-departed-rows.ts'
import { reconcileRowReservation } from './reconcile-row-reservation.ts'
import type { RowReservationParts } from './row-reservation-parts.ts'
import { rowTroubles } from './row-troubles.ts'

/** What is done for reservations whose stocks have their books in the cluster. */
export interface InCluster {
  /** The one of this name, and what is left of deleted ones. */
  reconcile(key: string): Promise<Outcome>
  /** What is left of deleted ones alone. */
  endDeparted(key: string): Promise<Outcome>
}

export interface RowReservationsParts extends Omit<RowReservationParts, 'troubles' | 'forgiven'> {
  readonly reservations: Pick<Reservations, 'find' | 'all'>
  /** All that are deleted, as the watch has told. */
  readonly departed: Departed
  readonly inCluster: InCluster
  /** The object is gone, and has nothing any more. */
  readonly onGone: (uid: string) => void
}

const ENDED_AGAIN_MS = 1_000

/** Brings reservations to what their specs ask for, wherever the books of their stocks are. Safe to repeat. */
export function reservationReconciler(parts: RowReservationsParts): (key: string) => Promise<Outcome> {
  const { reservations, departed, inCluster } = parts
  const troubles = rowTroubles(parts.clock)
  const forgiven = new Set(askedToBeConfirmed(reservations.all()))
  const ofRows = { ...parts, troubles, forgiven }
  const gone = departedRows({
    ...parts,
    onGone(uid) {
      forget(uid)
      parts.onGone(uid)
    },
  })

  function forget(uid: string): void {
    troubles.over(uid)
    forgiven.delete(uid)
  }

  async function inDatabase(key: string, reservation: Reservation): Promise<Outcome> {
    const before = departed.of(key).length > 0 ? await inCluster.endDeparted(key) : settled
    const outcome = await reconcileRowReservation(ofRows, reservation)
    if (isFinished(reservation.status?.phase)) forget(reservation.uid)
    return sooner(before, outcome)
  }

  return async (key) => {
    const areEnded = await gone.end(key)
    const reservation = reservations.find(key)
    const isOurs = reservation !== undefined && isOfRows(parts, reservation)
    const outcome = isOurs ? await inDatabase(key, reservation) : await inCluster.reconcile(key)
    return areEnded ? outcome : sooner(outcome, recheckAfter(ENDED_AGAIN_MS))
  }
}

/** Nobody has told them meanwhile what became of that, and their holds may be over. */
function* askedToBeConfirmed(reservations: Iterable<Reservation>): Iterable<string> {
  for (const { uid, spec, status } of reservations)
    if (spec.state === 'Confirmed' && status?.phase !== 'Confirmed' && !isFinished(status?.phase)) yield uid
}

function sooner(one: Outcome, other: Outcome): Outcome {
  if (one.kind === 'settled') return other
  if (other.kind === 'settled') return one
  return one.delayMs <= other.delayMs ? one : other
}
