import type { WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'

/** A kind that can't be listed in a namespace ('' = in all of them), and why. */
export interface UnlistedKind {
  readonly resource: string
  readonly namespace: string
  readonly reason: string
}

export interface UnlistedKinds {
  /** From now on this cache is looked at, too. */
  watch<C extends Pick<WatchedCache<unknown>, 'unlisted'>>(resource: string, cache: C): C
  /** Those that were tried, and have not been listed since. */
  now(): UnlistedKind[]
}

/** Without which kinds a leader goes on: of each of them nothing is done where it can't be listed. */
export function unlistedKinds(): UnlistedKinds {
  const caches: { readonly resource: string; readonly cache: Pick<WatchedCache<unknown>, 'unlisted'> }[] = []
  return {
    watch(resource, cache) {
      caches.push({ resource, cache })
      return cache
    },
    now: () =>
      caches.flatMap(({ resource, cache }) =>
        [...cache.unlisted].flatMap(([namespace, reason]) => (reason === '' ? [] : { resource, namespace, reason })),
      ),
  }
}

/** As other namespaces that can't be listed are told: by name, with the reason. */
export function unlistedByName(kinds: readonly UnlistedKind[]): [name: string, reason: string][] {
  return kinds.map(({ resource, namespace, reason }) => [
    `${resource} of ${namespace === '' ? 'all namespaces' : `namespace ${namespace}`}`,
    reason,
  ])
}
