import { type Clock, msBetween, never, type Tick } from '../clock.ts'

/** One timer: the earliest time that was asked for counts. */
export interface WakeUp {
  /** Has `run` called at `at`, or as soon as possible when that has passed. */
  by(at: Tick): void
  cancel(): void
}

export function wakeUp(clock: Clock, run: () => void): WakeUp {
  let timerAt = never
  let stopTimer: (() => void) | undefined

  function cancel(): void {
    stopTimer?.()
    stopTimer = undefined
    timerAt = never
  }

  return {
    by(at) {
      if (at >= timerAt) return
      cancel()
      timerAt = at
      stopTimer = clock.schedule(Math.max(0, msBetween(clock.tick(), at)), () => {
        cancel()
        run()
      })
    },
    cancel,
  }
}
