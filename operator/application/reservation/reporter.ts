import type { TellFacts } from '../../domain/reservation/message.ts'
import type { Reservation, ReservationStatus } from '../../domain/reservation/reservation.ts'
import { isFinished, keyOf } from '../../domain/reservation/reservation.ts'
import { statusAfter } from '../../domain/reservation/tell.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { backOff, type Clock, pause } from '../clock.ts'
import type { Unfinished } from '../ledger/journal.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { Reservations } from './reservations.ts'

/**
 * Status writes under way at once. With fewer than clients have under way entries wait here, and journals are large;
 * more would only wait inside the API server.
 */
const IN_FLIGHT = 96

export interface ReporterParts {
  readonly reservations: Reservations
  readonly clock: Clock
  /** What a report says beyond its entry. */
  readonly factsFor: (home: StockActor, entry: Entry, reservation: Reservation) => TellFacts
  /** Whether `uid` is the present uid of the home stock, asked of the store itself. */
  readonly isPresent: (home: StockActor) => Promise<boolean>
  readonly onReported: (reservation: Reservation, entry: Entry) => void
  readonly onRefused: (reservation: Reservation, reason: string) => void
}

interface Job {
  readonly home: StockActor
  readonly key: string
  readonly unfinished: Unfinished[]
}

export interface Reporter {
  /** Has the reservations' statuses tell of these entries of `home`, and marks them reported when they do. */
  report(home: StockActor, unfinished: readonly Unfinished[]): void
  /** Forgets what it waits for, for a stock that is gone. */
  idle(): Promise<void>
}

/** Whether a status tells of `entry` of the stock with uid `homeUid`, or of a later one. */
function tells(status: ReservationStatus | undefined, homeUid: string, sequence: number): boolean {
  return status?.sequence !== undefined && status.sequence >= sequence && homeUidOf(status) === homeUid
}

function homeUidOf(status: ReservationStatus | undefined): string | undefined {
  return status?.items?.[0]?.stockUID
}

/**
 * Writes statuses, one write for all that is to be told of a reservation at that moment. Reports only go forward: one
 * that finds the same or a later entry told already is done.
 */
export function reporter(parts: ReporterParts): Reporter {
  const { reservations, clock } = parts
  const waiting = new Map<string, Job>()
  const running = new Set<string>()
  const idlers: (() => void)[] = []

  function pump(): void {
    for (const [uid, job] of waiting) {
      if (running.size >= IN_FLIGHT) return
      if (running.has(uid)) continue // one at a time for each reservation, or they would conflict
      if (isHalfTold(job)) continue
      waiting.delete(uid)
      running.add(uid)
      void run(uid, job)
    }
    if (isIdle()) for (const idle of idlers.splice(0)) idle()
  }

  /** A set that asks to be confirmed is told once: the hold that comes first is not worth a write. */
  function isHalfTold({ key, unfinished }: Job): boolean {
    const { verb, uid } = lastOf(unfinished)
    const reservation = verb === 'Reserve' ? reservations.find(key) : undefined
    return reservation?.uid === uid && reservation?.spec.state === 'Confirmed' && !reservation.deleting
  }

  const isIdle = () => running.size === 0 && [...waiting.values()].every(isHalfTold)

  async function run(uid: string, job: Job): Promise<void> {
    await tell(uid, job)
    for (const unfinished of job.unfinished) unfinished.reported = true
    running.delete(uid)
    job.home.wake()
    pump()
  }

  /** Comes back only when the reservation knows, is gone, or can't be told. */
  async function tell(uid: string, { home, key, unfinished }: Job): Promise<void> {
    const wait = backOff(clock)
    let base = reservations.find(key)
    for (;;) {
      if (!base || base.uid !== uid) return
      if (await isSettled(base, home, unfinished)) return
      const status = fold(base, home, unfinished)
      const result = await reservations.report(base, status)
      if (result.kind === 'reported') return parts.onReported(result.reservation, lastOf(unfinished))
      if (result.kind === 'gone') return
      if (result.kind === 'refused') return parts.onRefused(base, result.reason)
      if (result.kind === 'notApplied') await pause(clock, result.retryAfterMs)
      if (result.kind === 'unknown') await wait()
      base = await read(base)
    }
  }

  async function read({ namespace, name }: Reservation): Promise<Reservation | undefined> {
    const wait = backOff(clock)
    for (;;) {
      try {
        return await reservations.read(namespace, name)
      } catch {
        await wait()
      }
    }
  }

  async function isSettled(base: Reservation, home: StockActor, unfinished: readonly Unfinished[]): Promise<boolean> {
    const told = homeUidOf(base.status)
    if (tells(base.status, home.stock.uid, lastOf(unfinished).sequence)) return true
    if (isFinished(base.status?.phase)) return true // not by an entry of ours: the home gives the hold back
    return told !== undefined && told !== home.stock.uid && !(await parts.isPresent(home))
  }

  function fold(base: Reservation, home: StockActor, unfinished: readonly Unfinished[]): ReservationStatus {
    let status = base.status
    for (const { entry } of unfinished) {
      if (!tells(status, home.stock.uid, entry.sequence))
        status = statusAfter(status, entry, parts.factsFor(home, entry, base))
    }
    return status as ReservationStatus
  }

  return {
    report(home, unfinished) {
      for (const one of unfinished) {
        const { uid = '', reservation = '', reservationNamespace = home.stock.namespace } = one.entry
        const job = waiting.get(uid)
        if (job) job.unfinished.push(one)
        else waiting.set(uid, { home, key: keyOf(reservationNamespace, reservation), unfinished: [one] })
      }
      pump()
    },
    idle: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
  }
}

function lastOf(unfinished: readonly Unfinished[]): Entry {
  return (unfinished.at(-1) as Unfinished).entry
}
