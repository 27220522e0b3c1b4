import { type KubernetesObject, keyOfObject, namespaceOfKey } from './kubernetes-object.ts'
import { leftOutObjects } from './left-out.ts'
import { isOlder } from './resource-version.ts'
import { tally } from './tally.ts'

/** What a cache tells its user; `old` and `last` are the objects as last seen. Handlers must be quick: mostly they queue a key. */
export interface CacheHandlers<T> {
  onAdded?(object: T): void
  onUpdated?(old: T, object: T): void
  onDeleted?(last: T): void
  /** The cache holds everything for the first time; its objects were told before. */
  onSynced?(): void
}

/** Values under which an object is found again, by index name. */
export type Indexers<T> = Readonly<Record<string, (object: T) => readonly string[]>>

/** Reading side of a cache. Objects are shared: never change them. */
export interface ObjectCache<T> {
  /** Undefined = not there, as far as is known. */
  get(key: string): T | undefined
  list(): T[]
  /** The objects that the indexer `index` gave this value for. */
  byIndex(index: string, value: string): T[]
  readonly size: number
  /** How many of them are of a namespace. */
  sizeOf(namespace: string): number
  /** Whether all objects of a namespace that were told of and are not gone are here; false where there was no room for one. */
  isWhole(namespace: string): boolean
}

export interface ObjectStore<T> extends ObjectCache<T> {
  /** Takes the object over, unless a newer version of it is known. */
  put(object: T): void
  /** Takes the object out, unless a newer version or another object of that name is known. */
  remove(object: T): void
  /** Takes a whole list over: what it lacks is removed, unless it came after the list. */
  replace(items: readonly T[], resourceVersion: string): void
}

/**
 * Objects by key, with indexes, that only ever go forward: a late or repeated message changes nothing. An object that was
 * deleted and created again under its name is told as deleted and added, also when the deletion itself was missed. While
 * there is no room in its namespace a new one is left out, and told to nobody.
 */
export function objectStore<T extends KubernetesObject>(
  handlers: Pick<CacheHandlers<T>, 'onAdded' | 'onUpdated' | 'onDeleted'>,
  indexers: Indexers<T> = {},
  hasRoom: (namespace: string) => boolean = () => true,
): ObjectStore<T> {
  const objects = new Map<string, T>()
  const leftOut = leftOutObjects()
  const indexes = valueIndexes(indexers)
  const sizes = tally()

  const drop = (key: string, kept: T, last = kept): void => {
    objects.delete(key)
    sizes.change(namespaceOfKey(key), -1)
    indexes.remove(key, kept)
    handlers.onDeleted?.(last)
  }
  const keep = (key: string, object: T, old: T | undefined): void => {
    objects.set(key, object)
    leftOut.forget(key)
    if (old !== undefined) indexes.remove(key, old)
    indexes.add(key, object)
    if (old === undefined) {
      sizes.change(namespaceOfKey(key), 1)
      handlers.onAdded?.(object)
    } else handlers.onUpdated?.(old, object)
  }
  const put = (object: T): void => {
    const key = keyOfObject(object)
    const old = objects.get(key)
    const known = old !== undefined && object.metadata.resourceVersion === old.metadata.resourceVersion
    if (known || (old !== undefined && isOlder(object, old))) return
    if (old === undefined && !hasRoom(namespaceOfKey(key))) {
      leftOut.add(object)
      return
    }
    const replaced = old !== undefined && object.metadata.uid !== old.metadata.uid
    if (replaced) drop(key, old)
    keep(key, object, replaced ? undefined : old)
  }

  return {
    put,
    remove(object) {
      const key = keyOfObject(object)
      const old = objects.get(key)
      if (old === undefined) leftOut.gone(object)
      if (old === undefined || isOlder(object, old)) return
      drop(key, old, object.metadata.uid === old.metadata.uid ? object : old)
    },
    replace(items, resourceVersion) {
      const listed = new Set(items.map(keyOfObject))
      const asOfList = { metadata: { resourceVersion } }
      for (const [key, old] of [...objects]) if (!listed.has(key) && !isOlder(asOfList, old)) drop(key, old)
      leftOut.clear()
      for (const item of items) put(item)
    },
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    byIndex: (index, value) => indexes.keys(index, value).map((key) => objects.get(key) as T),
    get size() {
      return objects.size
    },
    sizeOf: sizes.of,
    isWhole: leftOut.isNone,
  }
}

function valueIndexes<T>(indexers: Indexers<T>) {
  const indexes = Object.entries(indexers).map(([name, valuesOf]) => ({
    name,
    valuesOf,
    keys: new Map<string, Set<string>>(),
  }))
  return {
    add(key: string, object: T): void {
      for (const { valuesOf, keys } of indexes) {
        for (const value of valuesOf(object)) {
          const found = keys.get(value)
          if (found === undefined) keys.set(value, new Set([key]))
          else found.add(key)
        }
      }
    },
    remove(key: string, object: T): void {
      for (const { valuesOf, keys } of indexes) {
        for (const value of valuesOf(object)) {
          const found = keys.get(value)
          found?.delete(key)
          if (found?.size === 0) keys.delete(value)
        }
      }
    },
    keys(index: string, value: string): string[] {
      const found = indexes.find(({ name }) => name === index)
      if (found === undefined) throw new Error(`there is no index ${index}`)
      return [...(found.keys.get(value) ?? [])]
    },
  }
}
