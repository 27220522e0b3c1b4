import { ifThere, isApiError, isNotFound } from './api-error.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import type { ResourceClient } from './resource-client.ts'

export interface FinalizedKind<T extends KubernetesObject = KubernetesObject> {
  readonly client: Pick<ResourceClient<T>, 'get' | 'listEach' | 'mergePatch'>
  /** Whether the finalizer of this object is ours to take off. */
  readonly isOurs: (object: T) => boolean
  /** The one that is taken off; all others stay. */
  readonly finalizer: string
}

const MOST_TRIES = 10
const AT_ONCE = 32

/**
 * Takes the finalizer off every object of ours in a namespace (undefined = in all), page by page, and changes nothing else;
 * gives how many had it.
 * An object that others write to is tried again with its new version. What is refused of one keeps it on no other, and is
 * thrown in the end.
 */
export async function releaseFinalizers<T extends KubernetesObject>(
  kind: FinalizedKind<T>,
  namespace: string | undefined,
): Promise<number> {
  const { client, isOurs } = kind
  const failures: unknown[] = []
  let released = 0
  async function releasePage(all: readonly T[]): Promise<void> {
    const items = all.filter(isOurs)
    for (let first = 0; first < items.length; first += AT_ONCE) {
      const some = items.slice(first, first + AT_ONCE)
      for (const end of await Promise.allSettled(some.map((object) => release(kind, object)))) {
        if (end.status === 'rejected') failures.push(end.reason)
        else if (end.value) released += 1
      }
    }
  }
  await client.listEach(releasePage, { namespace })
  if (failures.length > 0) throw failures[0]
  return released
}

async function release<T extends KubernetesObject>(
  { client, isOurs, finalizer }: FinalizedKind<T>,
  listed: T,
): Promise<boolean> {
  const { namespace = '', name = '' } = listed.metadata
  let object = listed
  for (let tries = 1; ; tries += 1) {
    const { finalizers = [], uid, resourceVersion } = object.metadata
    if (!finalizers.includes(finalizer)) return false
    const others = finalizers.filter((one) => one !== finalizer)
    try {
      await client.mergePatch(namespace, name, { metadata: { uid, resourceVersion, finalizers: others } })
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      if (!isApiError(error, 409) || tries === MOST_TRIES) throw error
    }
    const fresh = (await ifThere(client.get(namespace, name)))?.body
    if (!fresh || !isOurs(fresh)) return false
    object = fresh
  }
}
