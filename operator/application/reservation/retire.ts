import type { Condition, Reservation } from '../../domain/reservation/reservation.ts'
import { msBetween, type Tick } from '../clock.ts'
import type { ClockSkew } from '../clock-skew.ts'
import { inPieces, type Steps, sorting, stepping } from '../in-pieces.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import { sweeper } from '../sweep.ts'
import { beyondShares } from './beyond-shares.ts'
import { type Keeping, type Over, type Spared, spared } from './kept.ts'
import type { Reservations } from './reservations.ts'

/** How long reservations that are over are kept. */
export interface Retention {
  /** Milliseconds after its end; 0 = for ever. */
  readonly finishedAfterMs: number
  /** At most so many in all; of the namespace that has the most, the oldest go first; 0 = any number. */
  readonly finishedMax: number
}

/** What is told of reservations that are kept because their orders may come again. */
export interface KeepingObserver {
  /** `count` stay that retention alone would delete; everything is kept until `floorMs` after its end. */
  kept(count: number, floorMs: number): void
  /** One was deleted before its time, because too many were kept. */
  deletedEarly(): void
}

export interface RetireParts extends PatienceParts {
  readonly reservations: Pick<Reservations, 'all' | 'read' | 'remove'>
  readonly skew: Pick<ClockSkew, 'excessMs' | 'sinceJudgedMs'>
  readonly retention: Retention
  readonly keeping: Keeping
  /** Whether somebody still goes by a reservation though it is over. */
  readonly mayNeed: (reservation: Reservation) => boolean
  readonly observer: KeepingObserver
}

const SWEEP_MS = 30_000
/** A sweep ends here and the next one follows at once, so that a stopping operator never waits for thousands. */
const MOST_PER_SWEEP = 500
const IN_FLIGHT = 8
/** What is deleted never comes back: if no answer has judged the clock for so long, one is asked for first. */
const JUDGED_WITHIN_MS = 10_000

/** What is to go, found out once for as many sweeps as it takes. */
interface Plan extends Spared {
  readonly foundAt: Tick
  /** The same in wall time. */
  readonly foundAtMs: number
  /** How many were over then, less those that have gone by it; undefined = none goes because there are too many. */
  readonly over: number | undefined
}

/**
 * Deletes, with each call, reservations that are over for good, exactly in the version that says so. Sold ones count:
 * nothing of them comes back by itself. One that can't be deleted keeps no other from going. While the clock is known to
 * be wrong none goes.
 */
export function retirement(parts: RetireParts): () => Promise<Outcome> {
  const { reservations, clock, skew, retention, keeping, mayNeed, observer } = parts
  let plan: Plan | undefined
  /** Of the plan, those that are gone or were changed: nothing is left to do for them. */
  const settled = new Set<Reservation>()
  /** Of the same, those that are gone. */
  let gone = 0
  const remove = sweeper<Reservation>({
    ...parts,
    ...{ operation: 'delete finished reservations', lanes: IN_FLIGHT, most: MOST_PER_SWEEP },
    async work(reservation) {
      const { namespace, name } = reservation
      if (skew.sinceJudgedMs() > JUDGED_WITHIN_MS) await reservations.read(namespace, name) // its answer brings the server's date
      // a clock that was set back since then was ahead when it told what is due
      const isDue = skew.excessMs() === 0 && clock.now() >= (plan?.foundAtMs ?? Infinity)
      const end = isDue ? await reservations.remove(reservation) : 'changed'
      if (end === 'removed' && plan?.early.has(reservation)) observer.deletedEarly()
      settled.add(reservation)
      if (end !== 'changed') gone += 1
      return end !== 'changed'
    },
  })

  /** Where fewer are left than the plan leaves, somebody else has deleted some: who was too many may not be any more. */
  async function isStale({ foundAt, over }: Plan): Promise<boolean> {
    if (msBetween(foundAt, clock.tick()) >= SWEEP_MS) return true
    return over !== undefined && (await inPieces(clock, overNow(reservations.all()))) < over
  }

  async function found(): Promise<Plan> {
    const [foundAt, foundAtMs] = [clock.tick(), clock.now()]
    const due = await inPieces(clock, dueNow(reservations.all(), { retention, keeping, mayNeed }, foundAtMs))
    observer.kept(due.kept, due.floorMs)
    return { ...due, foundAt, foundAtMs }
  }

  return async () => {
    if (plan === undefined || (await isStale(plan))) plan = await found()
    settled.clear()
    gone = 0
    const { going, over } = plan
    const { done, left } = await remove(going)
    const again = left && done > 0
    const rest = going.filter((one) => !settled.has(one))
    plan = again ? { ...plan, going: rest, over: over === undefined ? undefined : over - gone } : undefined
    return recheckAfter(again ? 0 : SWEEP_MS)
  }
}

interface Terms {
  readonly retention: Retention
  readonly keeping: Keeping
  readonly mayNeed: RetireParts['mayNeed']
}

type Due = Spared & Pick<Plan, 'over'>

function* dueNow(all: Iterable<Reservation>, { retention, keeping, mayNeed }: Terms, now: number): Steps<Due> {
  const { due, count, tooMany } = yield* dueReservations(all, retention, now)
  const found = yield* spared(
    due.filter(({ reservation }) => !mayNeed(reservation)),
    keeping,
    now,
  )
  return { ...found, over: tooMany > 0 || found.early.size > 0 ? count : undefined }
}

interface Found {
  readonly due: readonly Over[]
  /** Of all that are over. */
  readonly count: number
  /** Of those that are due, because there are too many. */
  readonly tooMany: number
}

/** Those whose time has come, oldest first; then those that are too many. */
function* dueReservations(all: Iterable<Reservation>, retention: Retention, now: number): Steps<Found> {
  const { finishedAfterMs, finishedMax } = retention
  if (finishedAfterMs === 0 && finishedMax === 0) return { due: [], count: 0, tooMany: 0 }
  const over: Over[] = []
  yield* stepping(all, (reservation) => {
    if (isOver(reservation)) over.push({ reservation, at: endOf(reservation), namespace: reservation.namespace })
  })
  const [old, young]: [Over[], Over[]] = [[], []]
  yield* stepping(yield* sorting(over, byEnd), (one) => {
    const isOld = finishedAfterMs > 0 && one.at + finishedAfterMs <= now
    const list = isOld ? old : young
    list.push(one)
  })
  const beyond = finishedMax === 0 ? [] : yield* beyondShares(young, finishedMax) // the old ones take nobody's share
  for (const one of beyond) old.push(one)
  return { due: old, count: over.length, tooMany: old.length - (over.length - young.length) }
}

function* overNow(all: Iterable<Reservation>): Steps<number> {
  let count = 0
  yield* stepping(all, (reservation) => {
    if (isOver(reservation)) count += 1
  })
  return count
}

function byEnd(a: Over, b: Over): number {
  return a.at - b.at || (a.reservation.uid < b.reservation.uid ? -1 : 1)
}

function isOver({ status, deleting }: Reservation): boolean {
  return !deleting && finishedOf(status)?.status === 'True'
}

/** When one that is over was so, in ms since 1970. */
function endOf({ status }: Reservation): number {
  return Date.parse(status?.finishedAt ?? finishedOf(status)?.lastTransitionTime ?? '')
}

function finishedOf(status: Reservation['status']): Condition | undefined {
  return status?.conditions.find(({ type }) => type === 'Finished')
}
