import type { Clock } from './clock.ts'
import { clockSkew } from './clock-skew.ts'

/** A clock that tells the time of a server that all members of a group ask, whatever is wrong with their own clocks. */
export interface SharedClock extends Clock {
  /** What the server's clock said in an answer that has just come; undefined = it said nothing, and our clock has to do. */
  observe(serverDate: number | undefined): void
  /** False before the first answer: until then `now` is our own clock's. */
  isKnown(): boolean
}

export interface SharedClockParts {
  readonly clock: Clock
  /** Our clock came to be so far ahead of the server's, or behind where that is less than 0; 0 = they agree again. */
  readonly onApart: (ms: number) => void
}

/** The server's time, off by a second at most between its answers; steady time and timers are our own. */
export function sharedClock({ clock, onApart }: SharedClockParts): SharedClock {
  const skew = clockSkew(clock)
  let known = false
  let apart = false
  return {
    now: () => Math.round(skew.serverNow()), // steady time has fractions, times of messages have none
    tick: clock.tick,
    schedule: clock.schedule,
    observe(serverDate) {
      skew.observe(serverDate)
      known = true
      const excessMs = skew.excessMs()
      if ((excessMs !== 0) !== apart) onApart(excessMs)
      apart = excessMs !== 0
    },
    isKnown: () => known,
  }
}
