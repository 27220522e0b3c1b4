import type { KubernetesObject } from './kubernetes-object.ts'

/** Of this many strings the next objects may have the same ones. */
const REMEMBERED = 2_000
/** Shorter ones JSON.parse shares by itself. */
const SHORTEST = 10
/** Longer ones are rarely said twice, and cost time to look up: the lines of a journal. */
const LONGEST = 96

/**
 * Every object that JSON.parse makes has strings of its own: each of a thousand reservations its own copy of the stock's
 * name, each condition one of the same time. Here they share them with what came just before, and their uid with the
 * version before, which others may hold on to.
 */
export class SharedStrings {
  readonly #known = new Map<string, string>()

  /** The same object, its strings exchanged for equal ones. */
  shared<T extends KubernetesObject>(object: T, before: T | undefined): T {
    if (this.#known.size > REMEMBERED) this.#known.clear()
    if (before?.metadata.uid) this.#known.set(before.metadata.uid, before.metadata.uid)
    this.#share(object)
    return object
  }

  #share(parent: object): void {
    const values = parent as Record<string, unknown>
    for (const key in values) {
      const value = values[key]
      if (typeof value === 'object' && value !== null) this.#share(value)
      else if (typeof value === 'string' && value.length > SHORTEST && value.length <= LONGEST) {
        const known = this.#known.get(value)
        if (known === undefined) this.#known.set(value, value)
        else values[key] = known
      }
    }
  }
}
