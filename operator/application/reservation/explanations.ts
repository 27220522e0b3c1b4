import {
  isFinished,
  type Reason,
  type Reservation,
  type ReservationStatus,
} from '../../domain/reservation/reservation.ts'
import { statusWithoutEntry } from '../../domain/reservation/tell.ts'
import { partsOf, undecidedBecause } from '../../domain/reservation/undecided-message.ts'
import type { Clock } from '../clock.ts'
import { delayQueue } from '../delay-queue.ts'
import { type PlaceParts, placeNow } from './place-now.ts'
import type { Reporter } from './reporter.ts'

/** Why reservations are not decided yet, as their status says it. */
export interface Explanations {
  /**
   * Tells one that is undecided, when there is time; of one that has units or waits, that stays in front. Another text
   * follows at the earliest 30 s later.
   */
  explain(reservation: Reservation, reason: Reason, message: string): void
  /** There is nothing left to decide: a status that says otherwise of what it has is put right. */
  decided(reservation: Reservation): void
  /** The object is gone. */
  forget(uid: string): void
}

const AGAIN_MS = 30_000

interface Explanation {
  readonly reservation: Reservation
  readonly reason: Reason
  readonly message: string
}

export interface ExplanationParts extends PlaceParts {
  readonly clock: Clock
  readonly reporter: Pick<Reporter, 'aside'>
}

export function explanations(parts: ExplanationParts): Explanations {
  const { clock, reporter } = parts
  /** Those told within the last while, with the newest of what they are not told yet. */
  const recent = new Map<string, Explanation | undefined>()
  const again = delayQueue<string>(clock, (uid) => {
    const newer = recent.get(uid)
    recent.delete(uid)
    if (newer) tell(newer)
  })

  function tell(explanation: Explanation): void {
    const { reservation } = explanation
    reporter.aside({
      reservation,
      compose: (latest) => explained(parts, latest, explanation),
      onEnd(end) {
        if (end === 'moot') return
        recent.set(reservation.uid, undefined)
        again.add(reservation.uid, AGAIN_MS)
      },
    })
  }

  return {
    explain(reservation, reason, message) {
      if (isFinished(reservation.status?.phase)) return
      const explanation = { reservation, reason, message }
      if (recent.has(reservation.uid)) recent.set(reservation.uid, explanation)
      else tell(explanation)
    },
    decided(reservation) {
      const { uid, status, generation } = reservation
      if (recent.has(uid)) recent.set(uid, undefined)
      if (!status || partsOf(status.message).undecided === undefined) return
      if ((status.observedGeneration ?? 0) < generation) return // its spec is acknowledged in the same words
      const compose = ({ status: said }: Reservation) => said && differing(said, undecidedBecause(said, undefined))
      reporter.aside({ reservation, compose })
    },
    forget: (uid) => recent.delete(uid),
  }
}

/** Undefined when something was decided since, or it says so already. */
function explained(
  parts: ExplanationParts,
  latest: Reservation,
  explanation: Explanation,
): ReservationStatus | undefined {
  const { status } = latest
  const { phase, sequence } = explanation.reservation.status ?? {}
  if (status && (status.phase !== (phase ?? 'Pending') || status.sequence !== sequence)) return undefined
  if (!status || status.phase === 'Pending') return pendingStatus(latest, explanation, parts.clock.now())
  const now = placeNow(parts, latest) ?? status
  return differing(status, undecidedBecause(now, explanation.message))
}

/** The status after; undefined when it says the same. */
function differing(before: ReservationStatus, after: ReservationStatus): ReservationStatus | undefined {
  return after.message === before.message ? undefined : after
}

function pendingStatus(
  latest: Reservation,
  { reason, message }: Explanation,
  now: number,
): ReservationStatus | undefined {
  const { status: before, generation } = latest
  const isSaid = before?.reason === reason && before.message === message && before.observedGeneration === generation
  if (isSaid) return undefined
  const at = new Date(now).toISOString()
  return statusWithoutEntry({ ...(before && { before }), phase: 'Pending', reason, message, at }, latest)
}
