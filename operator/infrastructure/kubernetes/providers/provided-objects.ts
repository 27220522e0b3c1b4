import { messageOf } from '../../../application/message-of.ts'
import { sharedReads } from '../../../application/shared-reads.ts'
import { keyOf } from '../../../domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../../domain/resource/resource.ts'
import { ApiError, isApiError } from '../api-error.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { CacheHandlers } from '../object-store.ts'
import type { ListOptions, ResourceClient } from '../resource-client.ts'
import { type Clock, sleep } from '../timers.ts'
import { isListed } from '../watched-cache.ts'
import { type WatchFailures, watchFailures } from './watch-failures.ts'

const SYNC_WITHIN_MS = 5_000
const LOOK_MS = 25
/** Whoever answers a watch and ends it without a word brings nothing. */
const AT_ONCE_MS = 1_000
const CUT = 'the watch ends as soon as it has begun'

/** How objects of a provider say to which of our objects they belong. */
export interface Marks {
  /** A label with the uid of ours: tells ours from others', and is what the watches select. */
  readonly uid: string
  /** An annotation with the name of ours, which may be too long for a label. */
  readonly name: string
}

/** The object of ours that one says it was made for; undefined = another kind's, or somebody else's own. */
export function ownerOf({ metadata }: Pick<KubernetesObject, 'metadata'>, marks: Marks): ResourceIdentity | undefined {
  const { namespace = '', labels = {}, annotations = {} } = metadata
  const uid = labels[marks.uid]
  const name = annotations[marks.name]
  return uid === undefined || name === undefined ? undefined : { namespace, name, uid }
}

/** Whether an object stands for exactly this one of ours, not for one of the same name before it. */
export function belongsTo(
  { metadata }: Pick<KubernetesObject, 'metadata'>,
  marks: Marks,
  { uid }: { readonly uid: string },
): boolean {
  return metadata.labels?.[marks.uid] === uid
}

/** A cache that follows all objects that a client lists. */
export interface ProvidedCache<T> {
  get(key: string): T | undefined
  list(): T[]
  start(): void
  stop(): Promise<void>
  /** Namespaces that were not seen yet; '' = all of them. */
  readonly unlisted: ReadonlyMap<string, string>
}

/** Makes a cache of what is in the watched namespaces. */
export type CacheOf = <T extends KubernetesObject>(
  client: ResourceClient<T>,
  handlers: CacheHandlers<T>,
) => ProvidedCache<T>

export interface ProvidedObjectsParts {
  readonly marks: Marks
  /** What they are, for people: KubeVirt's machines. */
  readonly what: string
  readonly cacheOf: CacheOf
  readonly clock: Clock
  /** Told the key of our object, `namespace/name`, whenever one of its objects has changed. */
  readonly onChanged: (key: string) => void
  /** A resource is no longer served. */
  readonly onMissing?: () => void
}

/** Everything of ours that a provider has. Once started its watches go on by themselves, also while the provider is away. */
export interface ProvidedObjects {
  /** What there is of one resource; before the first `ready`. */
  cache<T extends KubernetesObject>(client: ResourceClient<T>): Pick<ProvidedCache<T>, 'get' | 'list'>
  /** Starts all once; resolves with why they don't see all of a namespace, or undefined when they do: within 5 s. */
  ready(namespace: string): Promise<string | undefined>
  stop(): Promise<void>
}

export function providedObjects(parts: ProvidedObjectsParts): ProvidedObjects {
  const { marks, clock, cacheOf, onMissing = () => undefined } = parts
  const watches: { readonly cache: ProvidedCache<never>; readonly failures: WatchFailures }[] = []
  const tell = (object: KubernetesObject): void => {
    const owner = ownerOf(object, marks)
    if (owner) parts.onChanged(keyOf(owner.namespace, owner.name))
  }
  const isSeen = (namespace: string) => watches.every(({ cache }) => isListed(cache, namespace))
  const failureIn = (namespace: string) => firstOf(watches, ({ failures }) => failures.latest(namespace))
  const lastingIn = (namespace: string) => firstOf(watches, ({ failures }) => failures.lasting(namespace))
  const look = sharedReads(untilSeen, Infinity)

  async function untilSeen(namespace: string): Promise<void> {
    for (const { cache } of watches) cache.start()
    for (let waitedMs = 0; waitedMs < SYNC_WITHIN_MS; waitedMs += LOOK_MS) {
      if (isSeen(namespace) || isRefusal(failureIn(namespace))) return
      await sleep(clock, LOOK_MS)
    }
  }

  return {
    cache<T extends KubernetesObject>(client: ResourceClient<T>) {
      const handlers: CacheHandlers<T> = {
        ...{ onAdded: tell, onDeleted: tell },
        onUpdated: (old, object) => tell(ownerOf(object, marks) ? object : old), // which is marked again then
      }
      const failures = watchFailures(clock, (namespace) => {
        for (const object of cache.list()) if (namespace === '' || object.metadata.namespace === namespace) tell(object)
      })
      const failed: WatchFailures['failed'] = (namespace, error) => {
        if (isApiError(error, 404)) onMissing()
        failures.failed(namespace, error)
      }
      const cache = cacheOf(ours(client, marks, { ...failures, failed, clock }), handlers)
      watches.push({ cache: cache as ProvidedCache<never>, failures })
      return cache
    },
    async ready(namespace) {
      if (!isSeen(namespace)) await look(namespace)
      const failure = isSeen(namespace)
        ? lastingIn(namespace)
        : (failureIn(namespace) ?? 'the API server does not answer')
      return failure === undefined ? undefined : `${parts.what} can't be watched: ${messageOf(failure)}`
    },
    async stop() {
      await Promise.all(watches.map(({ cache }) => cache.stop()))
    },
  }
}

/** The same client for our objects alone. Its cache goes on after each failure; somebody who waits for it is told. */
function ours<T extends KubernetesObject>(
  client: ResourceClient<T>,
  { uid }: Marks,
  { clock, worked, failed }: Pick<WatchFailures, 'worked' | 'failed'> & { readonly clock: Pick<Clock, 'now'> },
): ResourceClient<T> {
  async function observed<R>({ namespace = '', signal }: ListOptions, work: () => Promise<R>): Promise<R> {
    try {
      return await work()
    } catch (error) {
      if (signal?.aborted !== true) failed(namespace, error)
      throw error
    }
  }
  return {
    ...client,
    list: (options = {}) =>
      observed(options, async () => {
        const list = await client.list({ ...options, labelSelector: uid })
        worked(options.namespace ?? '')
        return list
      }),
    watch: (options, onEvent) =>
      observed(options, async () => {
        const since = clock.now()
        let isHeard = false
        await client.watch({ ...options, labelSelector: uid }, (event) => {
          isHeard = true
          worked(options.namespace ?? '')
          onEvent(event)
        })
        if (!isHeard && clock.now() - since < AT_ONCE_MS) failed(options.namespace ?? '', new Error(CUT))
      }),
  }
}

function firstOf<T, R>(items: Iterable<T>, ask: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const answer = ask(item)
    if (answer !== undefined) return answer
  }
  return undefined
}

/** Surely not better in a moment: `storage is (re)initializing`, a 429, is what a server says of a kind that is new. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429
}

/** The words of a server that surely won't do it; all else is thrown again, it may pass. */
export function refusalIn(error: unknown): string {
  if (error instanceof ApiError && [400, 403, 413, 422].includes(error.status)) return error.message
  throw error
}
