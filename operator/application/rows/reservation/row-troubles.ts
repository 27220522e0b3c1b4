import { type Clock, msBetween, type Tick } from '../../clock.ts'
import { delayAfter } from '../../reservation/report-slots.ts'

/** How long a reservation comes to nothing, and how often in a row. */
export interface RowTrouble {
  readonly forMs: number
  /** When it is looked at again: each time later. */
  readonly delayMs: number
}

/** Of reservations that can't be decided at present; each is an object that exists. */
export interface RowTroubles {
  failed(uid: string): RowTrouble
  /** It was decided, or is gone. */
  over(uid: string): void
}

const SOONEST_MS = 100

export function rowTroubles(clock: Pick<Clock, 'tick'>): RowTroubles {
  const known = new Map<string, { readonly since: Tick; readonly times: number }>()
  return {
    failed(uid) {
      const now = clock.tick()
      const { since = now, times = 0 } = known.get(uid) ?? {}
      known.set(uid, { since, times: times + 1 })
      return { forMs: msBetween(since, now), delayMs: Math.max(SOONEST_MS, delayAfter(times + 1)) }
    },
    over: (uid) => void known.delete(uid),
  }
}
