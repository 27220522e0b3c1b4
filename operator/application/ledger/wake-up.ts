import type { Clock } from '../clock.ts'

/** One timer: the earliest time that was asked for counts. */
export interface WakeUp {
  /** Has `run` called at `at` (ms since 1970), or as soon as possible when that has passed. */
  by(at: number): void
  cancel(): void
}

export function wakeUp(clock: Clock, run: () => void): WakeUp {
  let timerAt = Infinity
  let stopTimer: (() => void) | undefined

  function cancel(): void {
    stopTimer?.()
    stopTimer = undefined
    timerAt = Infinity
  }

  return {
    by(at) {
      if (at >= timerAt) return
      cancel()
      timerAt = at
      stopTimer = clock.schedule(Math.max(0, at - clock.now()), () => {
        cancel()
        run()
      })
    },
    cancel,
  }
}
