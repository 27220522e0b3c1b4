/** A map that forgets its least recently used entry rather than grow beyond `capacity`. */
export interface LeastRecent<K, V> {
  get(key: K): V | undefined
  /** What is there, or else what `make` makes, which stays. */
  getOr(key: K, make: () => V): V
  set(key: K, value: V): void
  delete(key: K): void
  values(): V[]
  readonly size: number
}

export function leastRecent<K, V extends object>(capacity: number): LeastRecent<K, V> {
  const entries = new Map<K, V>()
  let newest: K | undefined
  const set = (key: K, value: V): void => {
    newest = key
    entries.delete(key)
    entries.set(key, value)
    if (entries.size <= capacity) return
    const [oldest] = entries.keys()
    entries.delete(oldest as K)
  }
  const get = (key: K): V | undefined => {
    const value = entries.get(key)
    if (value !== undefined && key !== newest) set(key, value)
    return value
  }
  return {
    get,
    getOr(key, make) {
      const value = get(key) ?? make()
      set(key, value)
      return value
    },
    set,
    delete: (key) => void entries.delete(key),
    values: () => [...entries.values()],
    get size() {
      return entries.size
    },
  }
}
