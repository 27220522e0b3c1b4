import { sharedReads } from '../../../application/shared-reads.ts'
import { ApiError, isApiError } from '../api-error.ts'
import type { KubernetesClient } from '../client.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { CacheHandlers } from '../object-store.ts'
import { type ResourceClient, resourceClient } from '../resource-client.ts'
import { type Clock, sleep } from '../timers.ts'
import { isListed } from '../watched-cache.ts'
import {
  type KubevirtInstance,
  type KubevirtMachine,
  kubevirtInstances,
  kubevirtMachines,
  MACHINE_UID,
  machineKeyOf,
} from './kubevirt-resources.ts'

const SYNC_WITHIN_MS = 5_000
const LOOK_MS = 25

/** A cache that follows all objects that a client lists. */
export interface KubevirtCache<T> {
  get(key: string): T | undefined
  start(): void
  stop(): Promise<void>
  /** Namespaces that were not seen yet; '' = all of them. */
  readonly unlisted: ReadonlyMap<string, string>
}

/** Makes a cache of what is in the watched namespaces. */
export type CacheOf = <T extends KubernetesObject>(
  client: ResourceClient<T>,
  handlers: CacheHandlers<T>,
) => KubevirtCache<T>

export interface KubevirtWatchesParts {
  readonly client: KubernetesClient
  readonly cacheOf: CacheOf
  readonly clock: Clock
  /** Told the key of the machine, `namespace/name`, whenever one of its objects has changed. */
  readonly onChanged: (machineKey: string) => void
  /** KubeVirt's resources are no longer served. */
  readonly onMissing: () => void
}

export interface KubevirtWatches {
  machine(key: string): KubevirtMachine | undefined
  instance(key: string): KubevirtInstance | undefined
  /** Starts them once; resolves with why they don't see all of a namespace, or undefined when they do: within 5 s. */
  ready(namespace: string): Promise<string | undefined>
  stop(): Promise<void>
}

/** Everything of ours that KubeVirt has. Once started they go on by themselves, also while KubeVirt is away. */
export function kubevirtWatches({
  client,
  cacheOf,
  clock,
  onChanged,
  onMissing,
}: KubevirtWatchesParts): KubevirtWatches {
  const failures = new Map<string, unknown>() // as many as there are namespaces
  const onFailure = (namespace: string, error: unknown): void => {
    if (isApiError(error, 404)) onMissing()
    failures.set(namespace, error)
  }
  const tell = (object: KubernetesObject): void => {
    const key = machineKeyOf(object)
    if (key !== undefined) onChanged(key)
  }
  const cached = <T extends KubernetesObject>(resource: ResourceClient<T>): KubevirtCache<T> => {
    const handlers: CacheHandlers<T> = { onAdded: tell, onUpdated: (_old, object) => tell(object), onDeleted: tell }
    return cacheOf(ours(resource, onFailure), handlers)
  }
  const machines = cached(resourceClient<KubevirtMachine>(client, kubevirtMachines))
  const instances = cached(resourceClient<KubevirtInstance>(client, kubevirtInstances))
  const isSeen = (namespace: string) => [machines, instances].every((cache) => isListed(cache, namespace))
  const failureIn = (namespace: string) => failures.get(namespace) ?? failures.get('')
  const look = sharedReads(untilSeen, Infinity)

  async function untilSeen(namespace: string): Promise<void> {
    machines.start()
    instances.start()
    for (let waitedMs = 0; waitedMs < SYNC_WITHIN_MS; waitedMs += LOOK_MS) {
      if (isSeen(namespace) || isRefusal(failureIn(namespace))) return
      await sleep(clock, LOOK_MS)
    }
  }

  return {
    machine: machines.get,
    instance: instances.get,
    async ready(namespace) {
      if (!isSeen(namespace)) await look(namespace)
      if (isSeen(namespace)) return undefined
      const failure = failureIn(namespace) ?? 'the API server does not answer'
      return `KubeVirt's machines can't be watched: ${failure instanceof Error ? failure.message : failure}`
    },
    async stop() {
      await Promise.all([machines.stop(), instances.stop()])
    },
  }
}

/** The same client for our objects alone. Its cache goes on after each failure; somebody who waits for it is told. */
function ours<T extends KubernetesObject>(
  client: ResourceClient<T>,
  onFailure: (namespace: string, error: unknown) => void,
): ResourceClient<T> {
  return {
    ...client,
    async list(options) {
      try {
        return await client.list({ ...options, labelSelector: MACHINE_UID })
      } catch (error) {
        onFailure(options?.namespace ?? '', error)
        throw error
      }
    },
    watch: (options, onEvent) => client.watch({ ...options, labelSelector: MACHINE_UID }, onEvent),
  }
}

/** Surely not better in a moment: `storage is (re)initializing`, a 429, is what a server says of a kind that is new. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429
}
