import { ifThere } from './api-error.ts'
import { type KubernetesObject, keyOfObject } from './kubernetes-object.ts'
import type { ListOptions, ObjectList, ResourceClient } from './resource-client.ts'

/** So many single reads last about as long as a page of everything; with more of them the whole list is quicker. */
export const MOST_READS = 500
/** Without what they hold, objects are small. */
const PER_PAGE = 2_000

/**
 * All matching objects, none older than this call: as `list`, but what `known` gives in its present version is not sent
 * again. What had to be read one by one may be newer than the list's version; a watch from there tells it once more.
 */
export async function listBeside<T extends KubernetesObject>(
  client: ResourceClient<T>,
  known: (key: string) => T | undefined,
  { mostReads = MOST_READS, ...options }: Pick<ListOptions, 'namespace' | 'signal'> & { readonly mostReads?: number },
): Promise<ObjectList<T>> {
  const listed = await client.listMetadata({ ...options, limit: PER_PAGE })
  const items: T[] = []
  const unknown: KubernetesObject[] = []
  for (const present of listed.items) {
    const object = known(keyOfObject(present))
    if (object && isSameVersion(object.metadata, present.metadata)) items.push(object)
    else unknown.push(present)
  }
  if (unknown.length > mostReads) return client.list(options)
  const read = await Promise.all(unknown.map(({ metadata }) => readIfThere(client, metadata, options.signal)))
  return { ...listed, items: [...items, ...read.filter((object) => object !== undefined)] }
}

function isSameVersion(one: KubernetesObject['metadata'], other: KubernetesObject['metadata']): boolean {
  return one.uid === other.uid && one.resourceVersion === other.resourceVersion
}

/** Undefined when it is gone: as if it had been before the list. */
async function readIfThere<T extends KubernetesObject>(
  client: ResourceClient<T>,
  { namespace = '', name = '' }: KubernetesObject['metadata'],
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  return (await ifThere(client.get(namespace, name, { signal })))?.body
}
