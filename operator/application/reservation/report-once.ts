import type { Reservation, ReservationStatus } from '../../domain/reservation/reservation.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { delayAfter } from './report-slots.ts'
import type { TurnEnd } from './report-turn.ts'
import type { Reporter } from './reporter.ts'
import type { Reservations } from './reservations.ts'

/** Statuses that whoever composes them judges anew before each try. */
export interface OnceReports {
  /**
   * Replaces the status of exactly this version, when the reports have a slot for it. Settled = it is written, or the
   * object is gone; else when to judge anew.
   */
  write(reservation: Reservation, status: ReservationStatus): Promise<Outcome>
  /** It is told otherwise, or gone. */
  forget(uid: string): void
}

export interface OnceParts {
  readonly reservations: Pick<Reservations, 'report'>
  readonly reporter: Pick<Reporter, 'add'>
  readonly onReported: (reservation: Reservation, status: ReservationStatus) => Promise<void>
  /** Our own schema does not take the status. */
  readonly onRefused: (reservation: Reservation, reason: string) => void
}

/** What could not be written is looked at again, first after this time, and then ever later. */
const AGAIN_MS = 200
/** Somebody has to install another schema first. */
const REFUSED_MS = 60_000

export function onceReports({ reservations, reporter, onReported, onRefused }: OnceParts): OnceReports {
  /** How often in a row the status of a reservation could not be written, by uid. */
  const failures = new Map<string, number>()

  function again(uid: string, askedMs = 0): Outcome {
    const failed = (failures.get(uid) ?? 0) + 1
    failures.set(uid, failed)
    return recheckAfter(Math.max(AGAIN_MS, askedMs, delayAfter(failed)))
  }

  function finished(uid: string): Outcome {
    failures.delete(uid)
    return settled
  }

  /** One try in a slot of the reports. */
  async function writeOnce(
    reservation: Reservation,
    status: ReservationStatus,
    settle: (outcome: Outcome) => void,
  ): Promise<TurnEnd> {
    const { uid } = reservation
    const result = await reservations.report(reservation, status)
    switch (result.kind) {
      case 'reported':
        await onReported(result.reservation, result.reservation.status as ReservationStatus)
        settle(finished(uid))
        return { kind: 'done', wrote: true }
      case 'gone':
        settle(finished(uid))
        return { kind: 'done', wrote: false }
      case 'refused':
        if (!failures.has(uid)) onRefused(reservation, result.reason)
        settle(again(uid, REFUSED_MS))
        return { kind: 'done', wrote: false }
      case 'conflict':
        settle(again(uid))
        return { kind: 'done', wrote: false }
      case 'unknown':
        settle(again(uid))
        return { kind: 'failed', hitch: result, comesBack: true }
      case 'notApplied':
        settle(again(uid, result.retryAfterMs))
        return { kind: 'failed', hitch: result, comesBack: true }
    }
  }

  return {
    write(reservation, status) {
      const { uid, namespace } = reservation
      const written = Promise.withResolvers<Outcome>()
      const run = () => writeOnce(reservation, status, written.resolve)
      reporter.add({ uid, namespace, rank: 'decision', failures: failures.get(uid) ?? 0, run })
      return written.promise
    },
    forget: (uid) => void failures.delete(uid),
  }
}
