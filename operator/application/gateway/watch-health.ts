import { type Clock, msBetween, type Tick } from '../clock.ts'

/** Remembers how the watch of one kind fares: what is in memory is only as good as that. */
export interface WatchHealth {
  /** Something came. */
  seen(): void
  /** It broke off, or can't begin. */
  failed(): void
  /** For how long it has failed again and again, in milliseconds; 0 = it hasn't. */
  failingMs(): number
}

/** The longest pause between two tries of a watch, and some more: after that, silence means that it runs. */
const NO_MORE_MS = 35_000

export function watchHealth(clock: Pick<Clock, 'tick'>): WatchHealth {
  let streak: { readonly since: Tick; last: Tick } | undefined
  const goesOn = (now: Tick): boolean => streak !== undefined && msBetween(streak.last, now) < NO_MORE_MS
  return {
    seen() {
      streak = undefined
    },
    failed() {
      const now = clock.tick()
      if (streak && goesOn(now)) streak.last = now
      else streak = { since: now, last: now }
    },
    failingMs() {
      const now = clock.tick()
      return streak && goesOn(now) ? msBetween(streak.since, now) : 0
    },
  }
}
