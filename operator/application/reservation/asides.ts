import { keyOf, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import { hitchOf } from '../patience.ts'
import type { ReportSlots } from './report-slots.ts'
import type { TurnEnd } from './report-turn.ts'
import type { ReportResult, Reservations } from './reservations.ts'

/** `moot` = there was nothing to say any more, or nobody to say it to. */
export type AsideEnd = 'told' | 'moot' | 'refused'

/** What a reservation may be told beside its stock's decisions: worth less than any of them. */
export interface Aside {
  readonly reservation: Pick<Reservation, 'namespace' | 'name' | 'uid'>
  /** The status to write over this version of it, the latest seen; undefined = there is nothing to say any more. */
  readonly compose: (latest: Reservation) => ReservationStatus | undefined
  /** How it ended. Not called when something else came in its place before it was told. */
  readonly onEnd?: (end: AsideEnd) => void
}

/** Writes asides when there is time: at most one for each reservation, the latest that was asked for. */
export interface Asides {
  /** Written `afterMs` from now at the earliest. */
  add(aside: Aside, afterMs?: number): void
  /** A decision is to be told: it says more. */
  drop(uid: string): void
}

export interface AsidesParts {
  readonly slots: Pick<ReportSlots, 'add' | 'isFailing'>
  readonly reservations: Pick<Reservations, 'find' | 'report'>
  /** Whether a decision is to be told to it. */
  readonly isAwaited: (uid: string) => boolean
}

/** Each is of a reservation that exists; beyond this many new ones are left out, and asked for again by whoever cares. */
const MOST = 100_000
/** The same in a namespace where nothing can be written at present: enough to find out when it can. */
const MOST_WHERE_NOTHING_WORKS = 8
/** The watch brings the version that was in the way within this time. */
const WATCH_LAG_MS = 250

export function asides({ slots, reservations, isAwaited }: AsidesParts): Asides {
  const waiting = new Map<string, Aside>()
  /** How many of them there are in each namespace. */
  const waitingIn = new Map<string, number>()

  function put(aside: Aside): void {
    const { uid, namespace } = aside.reservation
    if (!waiting.has(uid)) waitingIn.set(namespace, (waitingIn.get(namespace) ?? 0) + 1)
    waiting.set(uid, aside)
  }

  function remove(uid: string): void {
    const namespace = waiting.get(uid)?.reservation.namespace
    waiting.delete(uid)
    if (namespace === undefined) return
    const left = (waitingIn.get(namespace) ?? 0) - 1
    if (left > 0) waitingIn.set(namespace, left)
    else waitingIn.delete(namespace)
  }

  function isFull(namespace: string): boolean {
    if (waiting.size >= MOST) return true
    return slots.isFailing(namespace) && (waitingIn.get(namespace) ?? 0) >= MOST_WHERE_NOTHING_WORKS
  }

  function end(aside: Aside, how: AsideEnd): TurnEnd {
    const { uid } = aside.reservation
    const isLatest = waiting.get(uid) === aside
    if (isLatest) remove(uid)
    if (isLatest || how === 'told') aside.onEnd?.(how)
    if (!isLatest && waiting.has(uid)) return again(0)
    return { kind: 'done', wrote: how === 'told' }
  }

  async function run(uid: string): Promise<TurnEnd> {
    const aside = waiting.get(uid)
    if (!aside) return { kind: 'done', wrote: false }
    try {
      const latest = reservations.find(keyOf(aside.reservation.namespace, aside.reservation.name))
      const status = latest?.uid === uid && !isAwaited(uid) ? aside.compose(latest) : undefined
      if (!latest || !status) return end(aside, 'moot')
      return endOf(aside, await reservations.report(latest, status))
    } catch (error) {
      return { kind: 'failed', hitch: hitchOf(error) }
    }
  }

  function endOf(aside: Aside, result: ReportResult): TurnEnd {
    switch (result.kind) {
      case 'reported':
        return end(aside, 'told')
      case 'gone':
        return end(aside, 'moot')
      case 'refused':
        return end(aside, 'refused')
      case 'conflict':
        return again(WATCH_LAG_MS)
      case 'notApplied':
        return { kind: 'failed', hitch: result, retryAfterMs: result.retryAfterMs }
      case 'unknown':
        return { kind: 'failed', hitch: result }
    }
  }

  return {
    add(aside, afterMs) {
      const { uid, namespace } = aside.reservation
      const isQueued = waiting.has(uid)
      if (isAwaited(uid) || (!isQueued && isFull(namespace))) return
      put(aside)
      if (!isQueued) slots.add({ uid, namespace, rank: 'courtesy', run: () => run(uid) }, afterMs)
    },
    drop: remove,
  }
}

const again = (afterMs: number): TurnEnd => ({ kind: 'again', afterMs })
