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

/**
 * Compares every answer's date with our clock; deadlines must not be judged by a clock that is wrong. Between two answers
 * a clock that is set is told by one that can't be, `steady`: only differences of its times count.
 */
export function clockSkew(clock: Pick<Clock, 'now'>, steady: Pick<Clock, 'now'>): ClockSkew {
  const offset = () => clock.now() - steady.now()
  let seen = { skewMs: 0, offset: offset() }
  const skewMs = () => seen.skewMs + (offset() - seen.offset)
  return {
    observe(serverDate) {
      if (serverDate !== undefined) seen = { skewMs: clock.now() - serverDate, offset: offset() }
    },
    excessMs() {
      const ms = skewMs()
      return ms > MAX_SKEW_MS + DATE_GRAIN_MS || ms < -MAX_SKEW_MS ? ms : 0
    },
  }
}
