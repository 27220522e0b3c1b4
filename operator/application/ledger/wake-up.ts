import { type Clock, msBetween, never, type Tick } from '../clock.ts'

/** One timer: the earliest time that was asked for counts. */
export class WakeUp {
  readonly #clock: Clock
  readonly #run: () => void
  #timerAt: Tick = never
  #stopTimer: (() => void) | undefined

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock
    this.#run = run
  }

  /** Has `run` called at `at`, or as soon as possible when that has passed. */
  by(at: Tick): void {
    if (at >= this.#timerAt) return
    this.cancel()
    this.#timerAt = at
    this.#stopTimer = this.#clock.schedule(Math.max(0, msBetween(this.#clock.tick(), at)), () => {
      this.cancel()
      this.#run()
    })
  }

  cancel(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#timerAt = never
  }
}
