import type { Reason, Reservation, ReservationStatus } from '../../domain/reservation/reservation.ts'
import { statusWithoutEntry } from '../../domain/reservation/tell.ts'
import type { Clock } from '../clock.ts'
import { delayQueue } from '../delay-queue.ts'
import type { Reporter } from './reporter.ts'

/** Why reservations are not decided yet, as their status says it. */
export interface Explanations {
  /** Tells one that is undecided, when there is time. Another text follows at the earliest 30 s later. */
  explain(reservation: Reservation, reason: Reason, message: string): void
  /** The object is gone. */
  forget(uid: string): void
}

const AGAIN_MS = 30_000

interface Explanation {
  readonly reservation: Reservation
  readonly reason: Reason
  readonly message: string
}

export function explanations({
  clock,
  reporter,
}: {
  readonly clock: Clock
  readonly reporter: Pick<Reporter, 'aside'>
}): Explanations {
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
      compose: (latest) => pendingStatus(latest, explanation, clock.now()),
      onEnd(end) {
        if (end === 'moot') return
        recent.set(reservation.uid, undefined)
        again.add(reservation.uid, AGAIN_MS)
      },
    })
  }

  return {
    explain(reservation, reason, message) {
      if (reservation.status !== undefined && reservation.status.phase !== 'Pending') return
      const explanation = { reservation, reason, message }
      if (recent.has(reservation.uid)) recent.set(reservation.uid, explanation)
      else tell(explanation)
    },
    forget: (uid) => recent.delete(uid),
  }
}

/** Undefined when it is decided by now, or says so already. */
function pendingStatus(
  latest: Reservation,
  { reason, message }: Explanation,
  now: number,
): ReservationStatus | undefined {
  const { status: before, generation } = latest
  if (before && before.phase !== 'Pending') return undefined
  const isSaid = before?.reason === reason && before.message === message && before.observedGeneration === generation
  if (isSaid) return undefined
  const at = new Date(now).toISOString()
  return statusWithoutEntry({ ...(before && { before }), phase: 'Pending', reason, message, at }, latest)
}
