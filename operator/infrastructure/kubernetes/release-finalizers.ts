import { ifThere, isApiError, isNotFound } from './api-error.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import type { ResourceClient } from './resource-client.ts'

export interface FinalizedKind {
  readonly client: Pick<ResourceClient<KubernetesObject>, 'get' | 'list' | 'mergePatch'>
  /** The one that is taken off; all others stay. */
  readonly finalizer: string
}

const MOST_TRIES = 10
const AT_ONCE = 32

/**
 * Takes the finalizer off every object of a namespace (undefined = of all) and changes nothing else; gives how many had it.
 * An object that others write to is tried again with its new version. Throws what the API server refuses.
 */
export async function releaseFinalizers(
  { client, finalizer }: FinalizedKind,
  namespace: string | undefined,
): Promise<number> {
  const { items } = await client.list({ namespace })
  let released = 0
  for (let first = 0; first < items.length; first += AT_ONCE) {
    const some = items.slice(first, first + AT_ONCE)
    const done = await Promise.all(some.map((object) => release(client, finalizer, object)))
    released += done.filter(Boolean).length
  }
  return released
}

async function release(client: FinalizedKind['client'], finalizer: string, listed: KubernetesObject): Promise<boolean> {
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
    const fresh = await current(client, namespace, name)
    if (!fresh) return false
    object = fresh
  }
}

async function current(
  client: FinalizedKind['client'],
  namespace: string,
  name: string,
): Promise<KubernetesObject | undefined> {
  return (await ifThere(client.get(namespace, name)))?.body
}
