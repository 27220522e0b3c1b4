import type { Clock } from './timers.ts'

export interface TokenBucket {
  /** Takes a token if there is one. */
  take(): boolean
  /** Takes a token now or on credit; gives how long to wait until it is really there. */
  reserve(): number
  /** Takes so many, on credit where there are fewer; false = there are debts already, and none is taken. */
  charge(tokens: number): boolean
  /** How many there are now, with fractions; below zero on credit. */
  readonly left: number
}

export interface TokenRate {
  readonly burst: number
  /** Time in which one token comes back. */
  readonly refillMs: number
}

/** Full at first. */
export function tokenBucket({ burst, refillMs }: TokenRate, clock: Clock): TokenBucket {
  let tokens = burst
  let countedAt = clock.now()
  const refill = (): void => {
    const now = clock.now()
    tokens = Math.min(burst, tokens + Math.max(0, now - countedAt) / refillMs)
    countedAt = now
  }
  return {
    take() {
      refill()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    reserve() {
      refill()
      tokens -= 1
      return tokens >= 0 ? 0 : -tokens * refillMs
    },
    charge(many) {
      refill()
      if (tokens < 0) return false
      tokens -= many
      return true
    },
    get left() {
      refill()
      return tokens
    },
  }
}
