import { addressBlock } from '../../domain/gateway/address-block.ts'
import { Problem } from './answer.ts'
import type { BoundedMaps } from './bounded-map.ts'

/** Tokens that come back with time; whoever makes it gives it a steady clock. */
export interface Bucket {
  /** Takes one if there is one. */
  take(): boolean
  /** Takes so many, on credit where there are fewer; false = it has nothing but debts, and takes none. */
  charge(tokens: number): boolean
  /** How many there are now, with fractions. */
  readonly left: number
}

export interface BucketRate {
  readonly burst: number
  /** Time in which one comes back. */
  readonly refillMs: number
}

export interface RequestLimitsParts {
  readonly bucketOf: (rate: BucketRate) => Bucket
  readonly boundedMap: BoundedMaps
  /** Requests a second; defaults below. */
  readonly rates?: Partial<Rates>
}

export interface Rates {
  readonly readsOfCaller: number
  readonly writesOfCaller: number
  readonly ofAddress: number
}

/** How a request stands to its limit, in the terms of RateLimit headers. */
export interface Allowance {
  /** Requests that are granted at once after a silence of `windowSeconds`. */
  readonly limit: number
  readonly windowSeconds: number
  readonly remaining: number
  /** Whole seconds until all of `limit` are there again. */
  readonly resetSeconds: number
  /** There: the request is not granted. */
  readonly problem?: Problem
}

export interface RequestLimits {
  /** Before it is known who calls; an address as sockets have it. */
  ofAddress(address: string): Allowance
  /** By the name of the user, whichever of its tokens it comes with. */
  ofCaller(user: string, kind: 'read' | 'write'): Allowance
  /** So many writes more, of a call that was granted; afterwards nothing is until they are paid for. */
  moreWrites(user: string, writes: number): Problem | undefined
}

/**
 * Behind an Ingress or a NAT many callers have one address, so it bears some of them at full speed; and refusing so many
 * unknown tokens a second costs a few hundredths of a processor, while the gate lets few of them through to be looked up.
 */
const RATES: Rates = { readsOfCaller: 500, writesOfCaller: 50, ofAddress: 2_000 }
const WINDOW_SECONDS = 2
/** Whoever has sent nothing for longer than so many others begins anew. */
const REMEMBERED = 10_000

export function requestLimits(parts: RequestLimitsParts): RequestLimits {
  const rates = { ...RATES, ...parts.rates }
  const reads = limiter(parts, rates.readsOfCaller, 'reads of this user')
  const writes = limiter(parts, rates.writesOfCaller, 'writes of this user')
  const addresses = limiter(parts, rates.ofAddress, 'requests from this address')
  return {
    ofAddress: (address) => addresses.grant(addressBlock(address)),
    ofCaller: (user, kind) => (kind === 'read' ? reads : writes).grant(user),
    moreWrites: (user, more) => writes.charge(user, more),
  }
}

function limiter({ bucketOf, boundedMap }: RequestLimitsParts, perSecond: number, what: string) {
  const buckets = boundedMap<Bucket>(REMEMBERED)
  const rate = { burst: Math.max(1, Math.round(perSecond * WINDOW_SECONDS)), refillMs: 1_000 / perSecond }
  const secondsFor = (tokens: number): number => Math.max(0, Math.ceil((tokens * rate.refillMs) / 1_000))

  function tooMany(left: number): Problem {
    const detail = `More than ${perSecond} ${what} a second: wait, or send fewer at once`
    return new Problem('TooManyRequests', { detail, retryAfterSeconds: Math.max(1, secondsFor(1 - left)) })
  }

  function bucketFor(key: string): Bucket {
    const bucket = buckets.get(key) ?? bucketOf(rate)
    buckets.set(key, bucket)
    return bucket
  }

  return {
    grant(key: string): Allowance {
      const bucket = bucketFor(key)
      const granted = bucket.take()
      const { left } = bucket
      return {
        ...{ limit: rate.burst, windowSeconds: WINDOW_SECONDS },
        ...{ remaining: Math.max(0, Math.floor(left)), resetSeconds: secondsFor(rate.burst - left) },
        ...(granted ? {} : { problem: tooMany(left) }),
      }
    },
    charge(key: string, tokens: number): Problem | undefined {
      const bucket = bucketFor(key)
      return bucket.charge(tokens) ? undefined : tooMany(bucket.left)
    },
  }
}
