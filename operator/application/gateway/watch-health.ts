import { type Clock, msBetween, type Tick } from '../clock.ts'

/** Remembers how one watch fares: what is in memory is only as good as that. */
export interface WatchHealth {
  /** It runs: the server has taken it, or something came. */
  runs(): void
  /** It broke off, or can't begin. */
  failed(): void
  /** For how long it has not run, in milliseconds; 0 = it runs. */
  failingMs(): number
}

export function watchHealth(clock: Pick<Clock, 'tick'>): WatchHealth {
  let since: Tick | undefined
  return {
    runs() {
      since = undefined
    },
    failed() {
      since ??= clock.tick()
    },
    failingMs: () => (since === undefined ? 0 : msBetween(since, clock.tick())),
  }
}
