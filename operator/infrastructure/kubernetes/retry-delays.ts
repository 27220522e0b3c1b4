import type { Clock } from './timers.ts'
import { type TokenRate, tokenBucket } from './token-bucket.ts'

export interface RetryDelays<K> {
  /** How long to wait before `key` is tried again; each call counts as one more failure. */
  next(key: K): number
  /** How often `next` was called since the last `forget`. */
  failures(key: K): number
  forget(key: K): void
}

export interface RetryRange {
  readonly firstMs: number
  readonly lastMs: number
  /** Bounds the retries of all keys together. */
  readonly overall: TokenRate
}

/** client-go's default for controllers: 5 ms doubling to 1000 s for each key, 10/s with bursts of 100 for all. */
export const CONTROLLER_RETRIES: RetryRange = { firstMs: 5, lastMs: 1_000_000, overall: { burst: 100, refillMs: 100 } }

/** The longer of what the key's own failures and the overall rate ask for. */
export function retryDelays<K>({ firstMs, lastMs, overall }: RetryRange, clock: Clock): RetryDelays<K> {
  const failures = new Map<K, number>()
  const bucket = tokenBucket(overall, clock)
  return {
    next(key) {
      const before = failures.get(key) ?? 0
      failures.set(key, before + 1)
      return Math.max(Math.min(lastMs, firstMs * 2 ** before), bucket.reserve())
    },
    failures: (key) => failures.get(key) ?? 0,
    forget: (key) => void failures.delete(key),
  }
}
