import { msBetween, type Tick } from '../clock.ts'

/** Which things were read in vain, and when a watch showed last that they can be read. */
export class InVain<T extends object> {
  readonly #waiting = new WeakSet<T>()
  readonly #shownAt = new WeakMap<T, Tick>()

  /** A try that began then could not read it. True: it was shown to be readable since, and nobody will show that again. */
  failed(thing: T, triedAt: Tick): boolean {
    const shown = this.#shownAt.get(thing)
    const isMended = shown !== undefined && msBetween(triedAt, shown) >= 0
    if (!isMended) this.#waiting.add(thing)
    return isMended
  }

  /** It can be read. True: its last try was in vain for want of that. */
  shown(thing: T, at: Tick): boolean {
    this.#shownAt.set(thing, at)
    return this.#waiting.delete(thing)
  }
}
