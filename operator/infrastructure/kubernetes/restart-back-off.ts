import { type Clock, jittered, type Random } from './timers.ts'

export interface BackOffRange {
  readonly firstMs: number
  readonly lastMs: number
  /** A quiet time after which it begins again at `firstMs`. */
  readonly resetMs: number
}

/** client-go's for lists and watches. */
export const RESTART_BACK_OFF: BackOffRange = { firstMs: 800, lastMs: 30_000, resetMs: 120_000 }

/** The next wait at each call: doubling, with up to as much again at random, and never above `lastMs`. */
export function restartBackOff(range: BackOffRange, clock: Clock, random: Random): () => number {
  let stepMs = range.firstMs
  let askedAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.now()
    if (now - askedAt > range.resetMs) stepMs = range.firstMs
    askedAt = now
    const waitMs = Math.min(range.lastMs, jittered(stepMs, 1, random))
    stepMs = Math.min(range.lastMs, stepMs * 2)
    return waitMs
  }
}
