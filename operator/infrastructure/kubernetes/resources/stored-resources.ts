import type { Resources, ResourceWrite } from '../../../application/resource/resources.ts'
import type { Resource as ProvidedResource, StatusOf } from '../../../domain/resource/resource.ts'
import { ifThere } from '../api-error.ts'
import type { ApiResult } from '../exchange.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { ResourceClient } from '../resource-client.ts'
import { latestKnown } from './latest-known.ts'
import { failureOf } from './write-result.ts'

const ABANDON = 'kbnt.io/abandon'
const SIMULATE = 'kbnt.io/simulate'

/** How a kind of resources is stored. */
export interface StoredKind<T extends KubernetesObject, R extends ProvidedResource> {
  /** As in manifests: VirtualMachine. */
  readonly name: string
  readonly finalizer: string
  fromObject(object: T): R
}

export interface StoredResourcesParts<T extends KubernetesObject, R extends ProvidedResource> {
  readonly kind: StoredKind<T, R>
  readonly client: ResourceClient<T>
  /** What the watch has brought. */
  readonly cache: { get(key: string): T | undefined; list(): Iterable<T> }
  readonly onServerDate: (date: number | undefined) => void
}

/** Resources of one kind as the API server stores them. */
export function storedResources<T extends KubernetesObject, R extends ProvidedResource>({
  kind,
  client,
  cache,
  onServerDate,
}: StoredResourcesParts<T, R>): Resources<R> {
  const latest = latestKnown(cache)

  const write = async (change: () => Promise<ApiResult<T>>, stays = true): Promise<ResourceWrite<R>> => {
    try {
      const { body, date } = await change()
      onServerDate(date)
      if (stays) latest.wrote(body)
      return { kind: 'written', resource: kind.fromObject(body) }
    } catch (error) {
      const failure = failureOf(error)
      return failure.kind === 'tooLarge' ? { kind: 'refused', reason: 'the object is too large' } : failure
    }
  }

  return {
    find(key) {
      const object = latest.of(key)
      return object && kind.fromObject(object)
    },
    *all() {
      for (const object of cache.list()) yield kind.fromObject(object)
    },
    async read(namespace, name) {
      const answer = await ifThere(client.get(namespace, name))
      if (!answer) return undefined
      onServerDate(answer.date)
      return kind.fromObject(answer.body)
    },
    report: (base, status) => write(() => client.replaceStatus(objectWithStatus<T>(kind.name, base, status))),
    hold: (base) => write(() => client.mergePatch(base.namespace, base.name, finalizing(kind.finalizer, base, true))),
    letGo: (base) =>
      write(() => client.mergePatch(base.namespace, base.name, finalizing(kind.finalizer, base, false)), false),
  }
}

/** What every stored resource says of itself beside its spec and status. */
export function identityOf(
  { metadata }: KubernetesObject,
  finalizer: string,
): Omit<ProvidedResource, 'spec' | 'status'> {
  const { namespace = '', name = '', uid = '', resourceVersion = '', generation = 0 } = metadata
  const { creationTimestamp = '', deletionTimestamp, annotations = {}, finalizers = [] } = metadata
  const simulatedFaults = annotations[SIMULATE]
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    generation,
    createdAt: Date.parse(creationTimestamp),
    ...(deletionTimestamp !== undefined && { deletingSince: deletionTimestamp }),
    held: finalizers.includes(finalizer),
    finalizers,
    abandoned: annotations[ABANDON] === 'true',
    ...(simulatedFaults !== undefined && { simulatedFaults }),
  }
}

/** All that a PUT of the status reads: identity, the exact version, and the status. */
function objectWithStatus<T>(
  kind: string,
  { namespace, name, uid, resourceVersion }: ProvidedResource,
  status: StatusOf<ProvidedResource>,
): T {
  const metadata = { namespace, name, uid, resourceVersion }
  return { apiVersion: 'kbnt.io/v1beta1', kind, metadata, status } as unknown as T
}

function finalizing(finalizer: string, { uid, resourceVersion, finalizers }: ProvidedResource, held: boolean): object {
  const others = finalizers.filter((name) => name !== finalizer)
  return { metadata: { uid, resourceVersion, finalizers: held ? [...others, finalizer] : others } }
}
