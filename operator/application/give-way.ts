import type { Clock } from './clock.ts'
import type { ClockSkew } from './clock-skew.ts'

export interface GiveWayParts {
  readonly clock: Pick<Clock, 'schedule'>
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly afterMs: number
  readonly onGiveWay: (error: Error) => void
}

const LOOKS = 10

/**
 * Ends a leader whose clock has been wrong for `afterMs`: it decides nothing, and as long as it keeps the lease nobody
 * else does. The answer ends the watch.
 */
export function giveWay({ clock, skew, afterMs, onGiveWay }: GiveWayParts): () => void {
  const everyMs = afterMs / LOOKS
  let wrongLooks = 0
  let cancel = clock.schedule(everyMs, look)
  function look(): void {
    wrongLooks = skew.excessMs() === 0 ? 0 : wrongLooks + 1
    if (wrongLooks < LOOKS) cancel = clock.schedule(everyMs, look)
    else
      onGiveWay(
        new Error(`this clock is ${Math.round(skew.excessMs() / 1_000)} s from the API server's; another may lead`),
      )
  }
  return () => cancel()
}
