import { type KubernetesObject, keyOfObject, namespaceOfKey } from './kubernetes-object.ts'
import { isOlder } from './resource-version.ts'
import { tally } from './tally.ts'

/** So many are known by name; where there are more, only the next list tells. */
const MOST_KNOWN = 100_000

/** What a cache had no room for, by name and version alone: it is whole again once all of that is gone or taken in. */
export function leftOutObjects() {
  const known = new Map<string, KubernetesObject>()
  const counts = tally()
  let isFull = false

  const forget = (key: string): void => {
    if (known.delete(key)) counts.change(namespaceOfKey(key), -1)
  }

  return {
    add(object: KubernetesObject): void {
      const key = keyOfObject(object)
      if (!known.has(key) && known.size >= MOST_KNOWN) {
        isFull = true
        return
      }
      const { namespace = '', name = '', resourceVersion = '' } = object.metadata
      if (!known.has(key)) counts.change(namespaceOfKey(key), 1)
      known.set(key, { metadata: { namespace, name, resourceVersion } })
    },
    /** It was taken in. */
    forget,
    /** It is gone, unless a newer one is known. */
    gone(object: KubernetesObject): void {
      const key = keyOfObject(object)
      const last = known.get(key)
      if (last && !isOlder(object, last)) forget(key)
    },
    clear(): void {
      known.clear()
      counts.clear()
      isFull = false
    },
    /** Whether none of a namespace is left out. */
    isNone: (namespace: string): boolean => !isFull && counts.of(namespace) === 0,
  }
}
