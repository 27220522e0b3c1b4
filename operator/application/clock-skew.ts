import { type Clock, longAgo, msBetween } from './clock.ts'

const MAX_SKEW_MS = 5_000
/** HTTP dates are whole seconds, cut off. */
const DATE_GRAIN_MS = 1_000
/** The API server is asked for its time so often while this clock is wrong. */
export const SKEW_RETRY_MS = 2_000

export interface ClockSkew {
  /** What the API server's clock said in an answer that has just come. */
  observe(serverDate: number | undefined): void
  /** How far our clock is from the API server's, in ms, when that is too far to decide anything; else 0. */
  excessMs(): number
  /** The API server's time, as its answers tell it: off by a second at most, however wrong our clock is. Ours before the first. */
  serverNow(): number
  /** How long ago an answer last brought the API server's date, in ms of steady time; Infinity = none has. */
  sinceJudgedMs(): number
}

/**
 * Compares every answer's date with our clock; deadlines must not be judged by a clock that is wrong. Between two answers
 * a wall clock that is set is told by the steady one, which can't be.
 */
export function clockSkew(clock: Pick<Clock, 'now' | 'tick'>): ClockSkew {
  let seen = { skewMs: 0, at: clock.now(), tick: clock.tick() }
  let judgedAt = longAgo
  const skewMs = () => seen.skewMs + (clock.now() - seen.at - msBetween(seen.tick, clock.tick()))
  return {
    observe(serverDate) {
      if (serverDate === undefined) return
      seen = { skewMs: clock.now() - serverDate, at: clock.now(), tick: clock.tick() }
      judgedAt = seen.tick
    },
    excessMs() {
      const ms = skewMs()
      return ms > MAX_SKEW_MS + DATE_GRAIN_MS || ms < -MAX_SKEW_MS ? ms : 0
    },
    serverNow: () => clock.now() - skewMs(),
    sinceJudgedMs: () => msBetween(judgedAt, clock.tick()),
  }
}
