import type { Reservation } from '../../domain/reservation/reservation.ts'
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
}

/**
 * Deletes, with each call, reservations that are over for good, exactly in the version that says so. Sold ones count:
 * nothing of them comes back by itself. One that can't be deleted keeps no other from going. While the clock is known to
 * be wrong none goes.
 */
export function retirement(parts: RetireParts): () => Promise<Outcome> {
  const { reservations, clock, skew, retention, keeping, observer } = parts
  let plan: Plan | undefined
  /** Of the plan, those that are gone or were changed: nothing is left to do for them. */
  const settled = new Set<Reservation>()
  const remove = sweeper<Reservation>({
    ...parts,
    ...{ operation: 'delete finished reservations', lanes: IN_FLIGHT, most: MOST_PER_SWEEP },
    async work(reservation) {
      const { namespace, name } = reservation
      if (skew.sinceJudgedMs() > JUDGED_WITHIN_MS) await reservations.read(namespace, name) // its answer brings the server's date
      // a clock that was set back since then was ahead when it told what is due
      const isDue = skew.excessMs() === 0 && clock.now() >= (plan?.foundAtMs ?? Infinity)
      const removed = isDue && (await reservations.remove(reservation))
      if (removed && plan?.early.has(reservation)) observer.deletedEarly()
      settled.add(reservation)
      return removed
    },
  })

  async function found(): Promise<Plan> {
    const [foundAt, foundAtMs] = [clock.tick(), clock.now()]
    const due = await inPieces(clock, dueNow(reservations.all(), { retention, keeping }, foundAtMs))
    observer.kept(due.kept, due.floorMs)
    return { ...due, foundAt, foundAtMs }
  }

  return async () => {
    if (plan === undefined || msBetween(plan.foundAt, clock.tick()) >= SWEEP_MS) plan = await found()
    settled.clear()
    const { going } = plan
    const { done, left } = await remove(going)
    const again = left && done > 0
    plan = again ? { ...plan, going: going.filter((one) => !settled.has(one)) } : undefined
    return recheckAfter(again ? 0 : SWEEP_MS)
  }
}

interface Terms {
  readonly retention: Retention
  readonly keeping: Keeping
}

function* dueNow(all: Iterable<Reservation>, { retention, keeping }: Terms, now: number): Steps<Spared> {
  return yield* spared(yield* dueReservations(all, retention, now), keeping, now)
}

/** Those whose time has come, oldest first; then those that are too many. */
function* dueReservations(all: Iterable<Reservation>, retention: Retention, now: number): Steps<Over[]> {
  const { finishedAfterMs, finishedMax } = retention
  if (finishedAfterMs === 0 && finishedMax === 0) return []
  const over: Over[] = []
  yield* stepping(all, (reservation) => {
    const at = endOf(reservation)
    if (at !== undefined && !reservation.deleting) over.push({ reservation, at, namespace: reservation.namespace })
  })
  const [old, young]: [Over[], Over[]] = [[], []]
  yield* stepping(yield* sorting(over, byEnd), (one) => {
    const isOld = finishedAfterMs > 0 && one.at + finishedAfterMs <= now
    const list = isOld ? old : young
    list.push(one)
  })
  if (finishedMax === 0) return old
  for (const one of yield* beyondShares(young, finishedMax)) old.push(one) // the old ones take nobody's share
  return old
}

function byEnd(a: Over, b: Over): number {
  return a.at - b.at || (a.reservation.uid < b.reservation.uid ? -1 : 1)
}

/** When it was over, in ms since 1970; undefined = it isn't. */
function endOf({ status }: Reservation): number | undefined {
  const finished = status?.conditions.find(({ type }) => type === 'Finished')
  if (finished?.status !== 'True') return undefined
  return Date.parse(status?.finishedAt ?? finished.lastTransitionTime)
}
