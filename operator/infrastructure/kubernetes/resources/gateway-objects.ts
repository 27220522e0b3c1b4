import { Problem } from '../../../application/gateway/answer.ts'
import type { Caller } from '../../../application/gateway/caller.ts'
import type { Objects, Page, Paging, Seen, Written } from '../../../application/gateway/objects.ts'
import { type PlaceBounds, type Places, places } from '../../../application/gateway/places.ts'
import { isApiError, isNotFound, UnknownOutcomeError } from '../api-error.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { ResourceCalls } from '../resource-client.ts'
import { problemOf } from './gateway-problems.ts'

/** What the watch has brought, and how it is found by namespace. */
export interface CachedObjects<T> {
  get(key: string): T | undefined
  byIndex(index: string, value: string): Iterable<T>
  position(namespace: string): string
}

/** A list holds all of its namespace until its page is made: so many at once, and so many of one user. */
const LISTS: PlaceBounds = { inAll: 4, ofOne: 2 }

const BY_NAMESPACE = 'namespace'

/** Finds objects by their namespaces. */
export const namespaceIndexer = {
  [BY_NAMESPACE]: ({ metadata: { namespace = '' } }: KubernetesObject): string[] => [namespace],
}

export interface GatewayObjectsParts<T extends KubernetesObject, S extends Seen<unknown>, Filter> {
  readonly cache: CachedObjects<T>
  /** The verbs of the kind as a caller may have them. */
  readonly as: (caller: Caller) => Pick<ResourceCalls<T>, 'get' | 'list'>
  readonly seen: (object: T) => S
  readonly matches: (object: T, filter: Filter) => boolean
}

/** Reading from memory and through the API server, the same for every kind. */
export function gatewayObjects<T extends KubernetesObject, S extends Seen<unknown>, Filter = object>(
  parts: GatewayObjectsParts<T, S, Filter>,
): Objects<S, Filter> {
  const { cache, as, seen, matches } = parts
  const listing = places(LISTS)
  const pageOf = (objects: Iterable<T>, filter: Filter, paging: Paging): Page<S['shown']> => {
    const { items, more } = firstByName(objects, (one) => matches(one, filter), paging)
    return { items: items.map((one) => seen(one).shown), more }
  }
  return {
    get(namespace, name) {
      const object = cache.get(`${namespace}/${name}`)
      return object && seen(object)
    },
    position: cache.position,
    page: (namespace, filter, paging) => pageOf(cache.byIndex(BY_NAMESPACE, namespace), filter, paging),
    async read(caller, namespace, name) {
      try {
        return seen((await as(caller).get(namespace, name)).body)
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw problemOf(error)
      }
    },
    async readPage({ caller, namespace }, filter, paging) {
      const end = turnOf(listing, caller.user)
      try {
        const { items, resourceVersion } = await as(caller).list({ namespace })
        return { ...pageOf(items, filter, paging), position: resourceVersion }
      } catch (error) {
        throw problemOf(error)
      } finally {
        end()
      }
    },
  }
}

/** A turn for one more list; the answer ends it. Throws a Problem where too many are under way. */
function turnOf(listing: Places, user: string): () => void {
  const tryAgain = 'try again, or ask without X-Kbnt-Min-Position'
  switch (listing.fullFor(user)) {
    case 'one': {
      const detail = `${listing.takenBy(user)} lists of ${user} are being read at the API server already: ${tryAgain}`
      throw new Problem('TooManyRequests', { detail })
    }
    case 'all':
      throw new Problem('Overloaded', { detail: `Too many lists are read at the API server at once: ${tryAgain}` })
    case undefined:
      return listing.take(user)
  }
}

/** The result of one write. Throws a Problem for what was surely not applied, but the kinds that callers handle. */
export async function written<T, S>(write: Promise<{ readonly body: T }>, seen: (object: T) => S): Promise<Written<S>> {
  try {
    return { kind: 'stored', object: seen((await write).body) }
  } catch (error) {
    if (error instanceof UnknownOutcomeError && error.sent) return { kind: 'unknown', reason: error.message }
    const problem = problemOf(error)
    if (problem.reason === 'Forbidden') throw problem // a policy says no with whatever status
    if (isNotFound(error)) return { kind: 'gone', reason: problem.message }
    if (isApiError(error, 409))
      return error.reason === 'AlreadyExists' ? { kind: 'exists' } : { kind: 'stale', reason: problem.message }
    if (problem.reason === 'ApiServerAway' && mayBeDone(error)) return { kind: 'unknown', reason: problem.message } // answers from 500 on leave it open, as no answer does
    throw problem
  }
}

/** Who asks before a write has sent nothing when it throws a Problem; and what was sent without an answer was told before. */
function mayBeDone(error: unknown): boolean {
  return !(error instanceof UnknownOutcomeError || error instanceof Problem)
}

const nameOf = ({ metadata }: KubernetesObject): string => metadata.name ?? ''

/** Of many objects the few that come first: each is compared with the last of them, and mostly with no other. */
function firstByName<T extends KubernetesObject>(
  objects: Iterable<T>,
  matches: (object: T) => boolean,
  { after, limit }: Paging,
): Page<T> {
  const first: T[] = []
  for (const object of objects) {
    const name = nameOf(object)
    if (name <= after || !matches(object)) continue
    const last = first[limit]
    if (last !== undefined && name >= nameOf(last)) continue
    first.splice(placeOf(first, name), 0, object)
    if (first.length > limit + 1) first.pop()
  }
  return { items: first.slice(0, limit), more: first.length > limit }
}

function placeOf(sorted: readonly KubernetesObject[], name: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (nameOf(sorted[middle] as KubernetesObject) < name) low = middle + 1
    else high = middle
  }
  return low
}
