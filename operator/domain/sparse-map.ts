/** A map that weighs next to nothing while it is empty, which is most of the time: every stock has a dozen of them. */
export class SparseMap<K, V> {
  #entries: Map<K, V> | undefined

  get size(): number {
    return this.#entries?.size ?? 0
  }

  get(key: K): V | undefined {
    return this.#entries?.get(key)
  }

  has(key: K): boolean {
    return this.#entries?.has(key) ?? false
  }

  set(key: K, value: V): void {
    this.#entries ??= new Map()
    this.#entries.set(key, value)
  }

  delete(key: K): boolean {
    const was = this.#entries?.delete(key) ?? false
    if (this.#entries?.size === 0) this.#entries = undefined
    return was
  }

  clear(): void {
    this.#entries = undefined
  }

  *[Symbol.iterator](): Generator<[K, V]> {
    if (this.#entries) yield* this.#entries
  }
}
