import { type Clock, msBetween, pause, type Tick } from '../clock.ts'
import type { InstallLease } from '../engine/other-installs.ts'

export interface LeaderWatchParts {
  readonly clock: Pick<Clock, 'tick' | 'schedule'>
  /** Undefined = there is no lease. Throws when the API server doesn't answer. */
  readonly lease: () => Promise<InstallLease | undefined>
  /** Told of each look that failed; there is another one soon. */
  readonly onTrouble: (error: unknown) => void
}

/** Knows whether an operator leads, without asking anybody at the moment of a call. */
export interface LeaderWatch {
  start(): void
  stop(): void
  /** Why nobody decides; undefined = somebody leads, or it isn't known. */
  nobodyLeads(): string | undefined
}

const EVERY_MS = 2_000
/**
 * As long as nobody may lead after one who ended in order: the standby takes over within seconds, and orders are kept for it
 * that long, as they are for the time of a lease after one who was killed.
 */
const HANDOVER_MS = 10_000

/** A lease that is renewed no more is judged by our own steady clock from when we saw it renewed last, as client-go does. */
export function leaderWatch({ clock, lease, onTrouble }: LeaderWatchParts): LeaderWatch {
  let seen: (InstallLease & { readonly since: Tick }) | 'none' | undefined
  /** Whatever happened to the lease since then isn't known. */
  let lookedAt = clock.tick()
  let running = false

  async function look(): Promise<void> {
    const sight = await lease()
    const now = clock.tick()
    lookedAt = now
    if (!sight) seen = 'none'
    else if (typeof seen !== 'object' || seen.renewal !== sight.renewal) seen = { ...sight, since: now }
  }

  async function watch(): Promise<void> {
    while (running) {
      await look().catch(onTrouble)
      await pause(clock, EVERY_MS)
    }
  }

  return {
    start() {
      if (running) return
      running = true
      void watch()
    },
    stop() {
      running = false
    },
    nobodyLeads() {
      if (seen === undefined) return undefined
      if (seen === 'none') return 'no operator has ever led here: is it installed, and does its lease have that name?'
      const silentMs = msBetween(seen.since, lookedAt)
      if (seen.holder === '') {
        return silentMs <= HANDOVER_MS ? undefined : 'the operator that led has ended and no other leads yet'
      }
      return silentMs <= seen.durationMs
        ? undefined
        : `the operator that leads has not renewed its lease for ${Math.round(silentMs / 1_000)} s`
    },
  }
}
