/** A map that forgets what was not used for longest rather than grow beyond its bound. */
interface BoundedMap<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
}

export type BoundedMaps = <V extends object>(most: number) => BoundedMap<V>
