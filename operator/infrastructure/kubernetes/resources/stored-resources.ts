import type { Resources, ResourceWrite } from '../../../application/resource/resources.ts'
import type { Resource as ProvidedResource } from '../../../domain/resource/resource.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { ResourceClient } from '../resource-client.ts'
import { storedObjects } from './stored-objects.ts'

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
  const { write, replaceStatus, ...stored } = storedObjects({
    ...{ kind: kind.name, client, cache, onServerDate },
    fromObject: kind.fromObject,
  })
  const written = (resource: R): ResourceWrite<R> => ({ kind: 'written', resource })
  const patch = (base: R, held: boolean) =>
    client.mergePatch(base.namespace, base.name, finalizing(kind.finalizer, base, held))

  return {
    ...stored,
    report: (base, status) => replaceStatus(base, status, written),
    hold: (base) => write(() => patch(base, true), written),
    letGo: (base) => write(() => patch(base, false), written, false),
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

function finalizing(finalizer: string, { uid, resourceVersion, finalizers }: ProvidedResource, held: boolean): object {
  const others = finalizers.filter((name) => name !== finalizer)
  return { metadata: { uid, resourceVersion, finalizers: held ? [...others, finalizer] : others } }
}
