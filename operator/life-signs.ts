import { type Clock, longAgo, msBetween, type Tick } from './application/clock.ts'
import { liveness } from './application/liveness.ts'
import type { Leadership } from './leadership.ts'

/** A leader speaks with the API server every few seconds, if only to renew its lease. */
const SILENCE_MS = 30_000

/** Remembers what a leader's life is told by. */
export interface LifeSignsSeen {
  /** A write of any stock is stored. */
  stored(): void
  /** The API server has answered. */
  answered(): void
  /** Says how `leading` is stuck; undefined = it isn't, or a restart would not help. */
  checkOf(leading: Leadership): () => string | undefined
}

export function lifeSigns(clock: Pick<Clock, 'tick'>): LifeSignsSeen {
  let lastWriteAt = longAgo
  let lastAnswerAt = longAgo
  return {
    stored() {
      lastWriteAt = clock.tick()
    },
    answered() {
      lastAnswerAt = clock.tick()
    },
    checkOf: (leading) =>
      liveness(clock, () => ({
        takeoverSince: leading.takeoverSince,
        askedSince: askedSince(leading),
        lastWriteAt,
        hindered: leading.skew.excessMs() !== 0 || msBetween(lastAnswerAt, clock.tick()) > SILENCE_MS,
      })),
  }
}

/** Stocks that are not open may have a good reason to let people wait. */
function askedSince({ engine }: Leadership): Tick | undefined {
  let first: Tick | undefined
  for (const { oldestAskAt, closedBecause } of engine?.actors.values() ?? []) {
    if (oldestAskAt === undefined || closedBecause) continue
    if (first === undefined || msBetween(oldestAskAt, first) > 0) first = oldestAskAt
  }
  return first
}
