import type { Reservation } from '../../domain/reservation/reservation.ts'
import type { ClockSkew } from '../clock-skew.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import { sweeper } from '../sweep.ts'
import { beyondShares } from './beyond-shares.ts'
import type { Reservations } from './reservations.ts'

/** How long reservations that are over are kept. */
export interface Retention {
  /** Milliseconds after its end; 0 = for ever. */
  readonly finishedAfterMs: number
  /** At most so many in all; of the namespace that has the most, the oldest go first; 0 = any number. */
  readonly finishedMax: number
}

export interface RetireParts extends PatienceParts {
  readonly reservations: Pick<Reservations, 'all' | 'read' | 'remove'>
  readonly skew: Pick<ClockSkew, 'excessMs' | 'sinceJudgedMs'>
  readonly retention: Retention
}

const SWEEP_MS = 30_000
/** A sweep ends here and the next one follows at once, so that a stopping operator never waits for thousands. */
const MOST_PER_SWEEP = 500
const IN_FLIGHT = 8
/** What is deleted never comes back: if no answer has judged the clock for so long, one is asked for first. */
const JUDGED_WITHIN_MS = 10_000

/**
 * Deletes, with each call, reservations that are over for good, exactly in the version that says so. Sold ones count:
 * nothing of them comes back by itself. One that can't be deleted keeps no other from going. While the clock is known to
 * be wrong none goes.
 */
export function retirement(parts: RetireParts): () => Promise<Outcome> {
  const { reservations, clock, skew, retention } = parts
  let sweptAt = clock.now()
  const remove = sweeper<Reservation>({
    ...parts,
    ...{ operation: 'delete finished reservations', lanes: IN_FLIGHT, most: MOST_PER_SWEEP },
    async work(reservation) {
      const { namespace, name } = reservation
      if (skew.sinceJudgedMs() > JUDGED_WITHIN_MS) await reservations.read(namespace, name) // its answer brings the server's date
      // a clock that was set back since then was ahead when it told what is due
      return skew.excessMs() === 0 && clock.now() >= sweptAt && reservations.remove(reservation)
    },
  })
  return async () => {
    sweptAt = clock.now()
    const { done, left } = await remove(dueReservations(reservations.all(), retention, sweptAt))
    return recheckAfter(left && done > 0 ? 0 : SWEEP_MS)
  }
}

/** Those whose time has come, oldest first; then those that are too many. */
function dueReservations(all: Iterable<Reservation>, retention: Retention, now: number): Reservation[] {
  const { finishedAfterMs, finishedMax } = retention
  if (finishedAfterMs === 0 && finishedMax === 0) return []
  const over: { readonly reservation: Reservation; readonly at: number }[] = []
  for (const reservation of all) {
    const at = endOf(reservation)
    if (at !== undefined && !reservation.deleting) over.push({ reservation, at })
  }
  over.sort((a, b) => a.at - b.at || (a.reservation.uid < b.reservation.uid ? -1 : 1))
  const isOld = ({ at }: { readonly at: number }) => finishedAfterMs > 0 && at + finishedAfterMs <= now
  const old = over.filter(isOld).map(({ reservation }) => reservation)
  if (finishedMax === 0) return old
  const young = over.filter((one) => !isOld(one)).map(({ reservation }) => reservation) // the old ones take nobody's share
  return [...old, ...beyondShares(young, finishedMax)]
}

/** When it was over, in ms since 1970; undefined = it isn't. */
function endOf({ status }: Reservation): number | undefined {
  const finished = status?.conditions.find(({ type }) => type === 'Finished')
  if (finished?.status !== 'True') return undefined
  return Date.parse(status?.finishedAt ?? finished.lastTransitionTime)
}
