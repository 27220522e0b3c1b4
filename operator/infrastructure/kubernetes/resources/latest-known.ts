import { type KubernetesObject, keyOfObject } from '../kubernetes-object.ts'
import { isOlder } from '../resource-version.ts'

/** The latest versions that are known of some objects. */
export interface LatestKnown<T> {
  /** Undefined = gone, or not seen yet. */
  of(key: string): T | undefined
  /** Written just now: counts until the watch brings it, or something newer. */
  wrote(object: T): void
}

/** What the watch has brought, and what was written here and it has not brought yet: else each write would be tried again, and refused. */
export function latestKnown<T extends KubernetesObject>(cache: { get(key: string): T | undefined }): LatestKnown<T> {
  const written = new Map<string, T>()
  return {
    of(key) {
      const seen = cache.get(key)
      const own = written.get(key)
      if (own && seen && seen.metadata.uid === own.metadata.uid && isOlder(seen, own)) return own
      written.delete(key)
      return seen
    },
    wrote: (object) => void written.set(keyOfObject(object), object),
  }
}
