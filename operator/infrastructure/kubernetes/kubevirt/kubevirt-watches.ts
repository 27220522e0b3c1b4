import { ApiError, isApiError } from '../api-error.ts'
import type { KubernetesClient } from '../client.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { CacheHandlers } from '../object-store.ts'
import { type ResourceClient, resourceClient } from '../resource-client.ts'
import type { Clock } from '../timers.ts'
import {
  type KubevirtInstance,
  type KubevirtMachine,
  kubevirtInstances,
  kubevirtMachines,
  MACHINE_UID,
  machineKeyOf,
} from './kubevirt-resources.ts'

const SYNC_WITHIN_MS = 5_000

/** A cache that follows all objects that a client lists. */
export interface KubevirtCache<T> {
  get(key: string): T | undefined
  start(): void
  stop(): Promise<void>
  readonly synced: Promise<boolean>
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
  /** Starts them once; resolves with why they don't see everything, or undefined when they do: within 5 s. */
  ready(): Promise<string | undefined>
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
  let failure: string | undefined
  const failed = Promise.withResolvers<void>()
  let synced = false

  const onFailure = (error: unknown): void => {
    if (isApiError(error, 404)) onMissing()
    failure = error instanceof Error ? error.message : String(error)
    if (isRefusal(error)) failed.resolve()
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
  const allSynced = Promise.all([machines.synced, instances.synced]).then((all) => {
    synced = all.every(Boolean)
  })

  return {
    machine: machines.get,
    instance: instances.get,
    async ready() {
      if (synced) return undefined
      machines.start()
      instances.start()
      await atMost(clock, SYNC_WITHIN_MS, Promise.race([allSynced, failed.promise]))
      return synced ? undefined : `KubeVirt's machines can't be watched: ${failure ?? 'the API server does not answer'}`
    },
    async stop() {
      await Promise.all([machines.stop(), instances.stop()])
    },
  }
}

/** The same client for our objects alone. Its cache goes on after each failure; somebody who waits for it is told. */
function ours<T extends KubernetesObject>(
  client: ResourceClient<T>,
  onFailure: (error: unknown) => void,
): ResourceClient<T> {
  return {
    ...client,
    async list(options) {
      try {
        return await client.list({ ...options, labelSelector: MACHINE_UID })
      } catch (error) {
        onFailure(error)
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

function atMost(clock: Clock, delayMs: number, first: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(delayMs, resolve)
    first.finally(cancel).then(resolve, reject)
  })
}
