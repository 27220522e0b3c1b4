import { type Clock, latest, longAgo, msBetween, type Tick } from './clock.ts'

/** What a leader's life is told by. */
export interface LifeSigns {
  /** Since when it takes over; undefined = it doesn't. */
  readonly takeoverSince: Tick | undefined
  /** Since when somebody waits for an answer of a stock that is ready to give one; undefined = nobody does. */
  readonly askedSince: Tick | undefined
  /** When any stock was written last. */
  readonly lastWriteAt: Tick
  /** A new process would meet the same: the clock is wrong, or the API server is away. */
  readonly hindered: boolean
}

/** Without any progress for so long, a process that starts afresh is the better one. */
export const STUCK_MS = 300_000

/** Looks at each health check whether the leader is stuck, and says how; undefined = it isn't, or a restart would not help. */
export function liveness(clock: Pick<Clock, 'tick'>, signs: () => LifeSigns): () => string | undefined {
  let hinderedAt = longAgo
  return () => {
    const now = clock.tick()
    const seen = signs()
    if (seen.hindered) hinderedAt = now
    return whyStuck(seen, hinderedAt, now)
  }
}

function whyStuck({ takeoverSince, askedSince, lastWriteAt }: LifeSigns, hinderedAt: Tick, now: Tick) {
  const stuckMs = (since: Tick) => msBetween(latest(latest(since, lastWriteAt), hinderedAt), now)
  const isStuck = (since: Tick | undefined): since is Tick => since !== undefined && stuckMs(since) >= STUCK_MS
  if (isStuck(takeoverSince)) return `the takeover has not got on for ${seconds(stuckMs(takeoverSince))} s`
  if (isStuck(askedSince)) return `nothing was decided for ${seconds(stuckMs(askedSince))} s, though somebody asks`
  return undefined
}

const seconds = (ms: number) => Math.round(ms / 1_000)
