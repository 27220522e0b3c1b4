import { nameFrom } from '../../domain/reservation/message.ts'
import {
  isFinished,
  type Reason,
  type Reservation,
  type ReservationStatus,
} from '../../domain/reservation/reservation.ts'
import { statusWithoutEntry } from '../../domain/reservation/tell.ts'
import { partsOf, undecidedBecause } from '../../domain/reservation/undecided-message.ts'
import type { StockIdentity } from '../../domain/stock/stock-book.ts'
import type { Clock } from '../clock.ts'
import { delayQueue } from '../delay-queue.ts'
import type { Why } from '../ledger/undecided.ts'
import { type PlaceParts, placeNow } from './place-now.ts'
import type { Reporter } from './reporter.ts'

/** Why reservations are not decided yet, as their status says it. */
export interface Explanations {
  /**
   * Tells one that is undecided, when there is time; of one that has units or waits, that stays in front. Another text
   * follows at the earliest 30 s later, and each time later: some reasons change with every try.
   */
  explain(reservation: Reservation, reason: Reason, message: string): void
  /** There is nothing left to decide: a status that says otherwise of what it has is put right. */
  decided(reservation: Reservation): void
  /** Whether it was explained why one is undecided, and nobody has said since that it is decided. */
  isUndecided(uid: string): boolean
  /** The object is gone. */
  forget(uid: string): void
}

const AGAIN_MS = 30_000
const AGAIN_LATEST_MS = 240_000

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
  /** Those that are undecided, and how long each is told nothing else after the next text. */
  const pauses = new Map<string, number>()
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
        if (end !== 'moot') rest(reservation.uid)
      },
    })
  }

  function rest(uid: string): void {
    const pauseMs = pauses.get(uid) ?? AGAIN_MS
    if (pauses.has(uid)) pauses.set(uid, Math.min(AGAIN_LATEST_MS, 2 * pauseMs))
    recent.set(uid, undefined)
    again.add(uid, pauseMs)
  }

  return {
    explain(reservation, reason, message) {
      const { uid, status } = reservation
      if (isFinished(status?.phase)) return
      const explanation = { reservation, reason, message }
      if (!pauses.has(uid)) pauses.set(uid, AGAIN_MS)
      if (recent.has(uid)) recent.set(uid, explanation)
      else tell(explanation)
    },
    decided(reservation) {
      const { uid, status, generation } = reservation
      const isFirst = (pauses.get(uid) ?? 0) <= 2 * AGAIN_MS // whatever comes and goes is told of twice a minute at most
      pauses.delete(uid)
      if (!isFirst) recent.delete(uid)
      else if (recent.has(uid)) recent.set(uid, undefined)
      if (!status || partsOf(status.message).undecided === undefined) return
      if ((status.observedGeneration ?? 0) < generation) return // its spec is acknowledged in the same words
      const compose = ({ status: said }: Reservation) => said && differing(said, undecidedBecause(said, undefined))
      reporter.aside({ reservation, compose })
    },
    isUndecided: (uid) => pauses.has(uid),
    forget(uid) {
      recent.delete(uid)
      pauses.delete(uid)
    },
  }
}

/** Why a stock can't decide, as people of `namespace` call it. */
export function whyText(
  { stock, why }: { readonly stock: Pick<StockIdentity, 'namespace' | 'name'>; readonly why: Pick<Why, 'message'> },
  namespace: string,
): string {
  return `${nameFrom(namespace, { stockNamespace: stock.namespace, stock: stock.name })}: ${why.message}`
}

/** Undefined when something was decided since, or it says so already. */
function explained(
  parts: ExplanationParts,
  latest: Reservation,
  { reservation, reason, message }: Explanation,
): ReservationStatus | undefined {
  const { status } = latest
  const { phase, sequence } = reservation.status ?? {}
  if (status && (status.phase !== (phase ?? 'Pending') || status.sequence !== sequence)) return undefined
  if (!status || status.phase === 'Pending') return pendingStatus(latest, { reason, message }, parts.clock.now())
  return differing(status, placeNow(parts, latest, message) ?? undecidedBecause(status, message))
}

/** The status after; undefined when it says the same. */
function differing(before: ReservationStatus, after: ReservationStatus): ReservationStatus | undefined {
  return after.message === before.message ? undefined : after
}

function pendingStatus(
  latest: Reservation,
  { reason, message }: Pick<Explanation, 'reason' | 'message'>,
  now: number,
): ReservationStatus | undefined {
  const { status: before, generation } = latest
  const isSaid = before?.reason === reason && before.message === message && before.observedGeneration === generation
  if (isSaid) return undefined
  const at = new Date(now).toISOString()
  return statusWithoutEntry({ ...(before && { before }), phase: 'Pending', reason, message, at }, latest)
}
