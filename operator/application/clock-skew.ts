import type { Clock } from './clock.ts'

const MAX_SKEW_MS = 5_000
/** HTTP dates are whole seconds, cut off. */
const DATE_GRAIN_MS = 1_000

export interface ClockSkew {
  /** What the API server's clock said in an answer that has just come. */
  observe(serverDate: number | undefined): void
  /** How far our clock is from the API server's, in ms, when that is too far to decide anything; else 0. */
  excessMs(): number
}

/** Compares every answer's date with our clock; deadlines must not be judged by a clock that is wrong. */
export function clockSkew(clock: Clock): ClockSkew {
  let skewMs = 0
  return {
    observe(serverDate) {
      if (serverDate !== undefined) skewMs = clock.now() - serverDate
    },
    excessMs: () => (skewMs > MAX_SKEW_MS + DATE_GRAIN_MS || skewMs < -MAX_SKEW_MS ? skewMs : 0),
  }
}
