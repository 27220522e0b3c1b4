import { namespaceOfKey } from './kubernetes-object.ts'
import { leastRecent } from './least-recent.ts'
import type { Clock } from './timers.ts'
import { type TokenBucket, type TokenRate, tokenBucket } from './token-bucket.ts'

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
  /** Bounds the retries of all keys of one namespace together. */
  readonly ofOneNamespace: TokenRate
}

/**
 * client-go's default for controllers is 5 ms doubling to 1000 s for each key, and 10/s with bursts of 100 for all of
 * them. Here that rate is for each namespace, so that nobody waits for the faults of others, and what is well again is
 * looked at within a minute.
 */
export const CONTROLLER_RETRIES: RetryRange = {
  firstMs: 5,
  lastMs: 60_000,
  ofOneNamespace: { burst: 100, refillMs: 100 },
}
/** A namespace that has had no retry for longer than so many others begins anew. */
const NAMESPACES = 4_096

/** The longer of what the key's own failures and the rate of its namespace ask for. A key is `namespace/name`. */
export function retryDelays<K>({ firstMs, lastMs, ofOneNamespace }: RetryRange, clock: Clock): RetryDelays<K> {
  const failures = new Map<K, number>()
  const buckets = leastRecent<string, TokenBucket>(NAMESPACES)
  const bucketOf = (key: K) => buckets.getOr(namespaceOfKey(String(key)), () => tokenBucket(ofOneNamespace, clock))
  return {
    next(key) {
      const before = failures.get(key) ?? 0
      failures.set(key, before + 1)
      return Math.max(Math.min(lastMs, firstMs * 2 ** before), bucketOf(key).reserve())
    },
    failures: (key) => failures.get(key) ?? 0,
    forget: (key) => void failures.delete(key),
  }
}
