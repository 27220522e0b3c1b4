import { isFinished, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import type { Clock } from '../clock.ts'
import { delayQueue } from '../delay-queue.ts'
import type { Unfinished } from '../ledger/journal.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { Asides } from './asides.ts'

/** Reservations whose status our own schema refuses. Their entries may leave the journal; they are not forgotten. */
export interface Untold {
  add(reservation: Reservation, home: StockActor, unfinished: readonly Unfinished[]): void
  /** What is still to be told of it by `home`, which somebody else does now. */
  take(uid: string, home: StockActor): readonly Unfinished[]
  readonly count: number
}

export interface UntoldParts {
  readonly clock: Clock
  readonly aside: Asides['add']
  readonly fold: (base: Reservation, home: StockActor, unfinished: readonly Unfinished[]) => ReservationStatus
}

/** One reservation is no hurry: somebody has to install a schema first. */
const AGAIN_MS = 60_000
/** The newest of each; with fewer an end may be told without its beginning, with more nothing would bound them. */
const MOST_ENTRIES = 16

interface Case {
  readonly reservation: Reservation
  readonly home: StockActor
  readonly unfinished: readonly Unfinished[]
}

/** At most one case for each reservation that exists. */
export function untold({ clock, aside, fold }: UntoldParts): Untold {
  const cases = new Map<string, Case>()
  const later = delayQueue<Case>(clock, (one) => {
    if (cases.get(one.reservation.uid) === one) tryAgain(one)
  })

  function tryAgain(one: Case): void {
    const { reservation, home, unfinished } = one
    const { uid } = reservation
    aside({
      reservation,
      compose(latest) {
        if (isFinished(latest.status?.phase) || home.stopped) return undefined
        const status = fold(latest, home, unfinished)
        return status === latest.status ? undefined : status
      },
      onEnd(end) {
        if (end !== 'refused') cases.delete(uid)
      },
    })
    later.add(one, AGAIN_MS)
  }

  return {
    add(reservation, home, unfinished) {
      const one = { reservation, home, unfinished: unfinished.slice(-MOST_ENTRIES) }
      cases.set(reservation.uid, one)
      later.add(one, AGAIN_MS)
    },
    take(uid, home) {
      const one = cases.get(uid)
      cases.delete(uid)
      return one?.home === home ? one.unfinished : []
    },
    get count() {
      return cases.size
    },
  }
}
