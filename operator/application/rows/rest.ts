import type { Clock } from '../clock.ts'

const FIRST_REST_MS = 5

/** Waits between tries, each twice as long as the one before until something works. */
export class Rest {
  readonly #clock: Pick<Clock, 'schedule'>
  readonly #onOver: () => void
  #nextMs = FIRST_REST_MS
  #cancel: (() => void) | undefined

  /** `onOver` is called when a rest ends by itself. */
  constructor(clock: Pick<Clock, 'schedule'>, onOver: () => void) {
    this.#clock = clock
    this.#onOver = onOver
  }

  get isOver(): boolean {
    return this.#cancel === undefined
  }

  /** Rests from now on, for no longer than `longestMs`. */
  begin(longestMs: number): void {
    this.#cancel?.()
    this.#cancel = this.#clock.schedule(Math.min(longestMs, this.#nextMs), () => {
      this.#cancel = undefined
      this.#onOver()
    })
    this.#nextMs = Math.min(longestMs, this.#nextMs * 2)
  }

  /** Something works: there is no more to wait for. */
  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#nextMs = FIRST_REST_MS
  }
}
