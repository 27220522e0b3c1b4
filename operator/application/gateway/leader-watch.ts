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
  /** Why nobody decides; undefined = somebody leads, or it isn't known, or the next one is about to. */
  nobodyLeads(): string | undefined
  /**
   * The same, once it is settled whether the next one leads: where one has ended in order, it is waited for its successor.
   * Ends at once when `over` fires.
   */
  untilLed(over: AbortSignal): Promise<string | undefined>
}

const EVERY_MS = 2_000
/** While callers wait for a successor. */
const SOON_MS = 250
/** As long a successor is waited for after one who ended in order; a standby takes over within seconds. */
const HANDOVER_MS = 10_000

type Sight = InstallLease & { readonly since: Tick; readonly heldSince: Tick }

/** A lease that is renewed no more is judged by our own steady clock from when we saw it renewed last, as client-go does. */
export function leaderWatch({ clock, lease, onTrouble }: LeaderWatchParts): LeaderWatch {
  let seen: Sight | 'never' | 'gone' | undefined
  /** Whatever happened to the lease since then isn't known. */
  let lookedAt = clock.tick()
  let running = false
  const waiting = new Set<() => void>()

  async function look(): Promise<void> {
    const sight = await lease()
    const now = clock.tick()
    lookedAt = now
    const before = typeof seen === 'object' ? seen : undefined
    if (!sight) seen = before || seen === 'gone' ? 'gone' : 'never'
    else {
      const since = before?.renewal === sight.renewal ? before.since : now
      // not its last write: whoever touches a lease that was given back brings no successor
      const heldSince = before?.holder === sight.holder ? before.heldSince : now
      seen = { ...sight, since, heldSince }
    }
  }

  async function watch(): Promise<void> {
    while (running) {
      await look().catch(onTrouble)
      if (!isHandedOver()) for (const settled of [...waiting]) settled()
      await pause(clock, waiting.size > 0 ? SOON_MS : EVERY_MS)
    }
  }

  function isHandedOver(): boolean {
    return typeof seen === 'object' && seen.holder === '' && msBetween(seen.heldSince, lookedAt) <= HANDOVER_MS
  }

  function nobodyLeads(): string | undefined {
    if (seen === undefined || isHandedOver()) return undefined
    if (seen === 'never') return 'no operator has ever led here: is it installed, and does its lease have that name?'
    if (seen === 'gone') return 'the operator has been uninstalled: its lease is gone'
    if (seen.holder === '') return 'the operator that led has ended and no other leads yet'
    const silentMs = msBetween(seen.since, lookedAt)
    return silentMs <= seen.durationMs
      ? undefined
      : `the operator that leads has not renewed its lease for ${Math.round(silentMs / 1_000)} s`
  }

  /** Ends with the handover, or with `over`. */
  function settled(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        waiting.delete(end)
        over.removeEventListener('abort', end)
        resolve()
      }
      waiting.add(end)
      over.addEventListener('abort', end)
      if (over.aborted) end()
    })
  }

  return {
    start() {
      if (running) return
      running = true
      void watch()
    },
    stop() {
      running = false
      for (const end of [...waiting]) end()
    },
    nobodyLeads,
    async untilLed(over) {
      if (!isHandedOver()) return nobodyLeads()
      await settled(over)
      return isHandedOver() ? 'the operator that led has ended and no other leads yet' : nobodyLeads()
    },
  }
}
