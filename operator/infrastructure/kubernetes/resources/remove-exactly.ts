import { isApiError, isNotFound } from '../api-error.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { ResourceClient } from '../resource-client.ts'

interface Version {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** Deletes exactly this version of an object. Throws when nobody knows whether it came through. */
export async function removeExactly<T extends KubernetesObject>(
  client: Pick<ResourceClient<T>, 'delete'>,
  { namespace, name, uid, resourceVersion }: Version,
  onServerDate: (date: number | undefined) => void,
): Promise<'removed' | 'changed' | 'gone'> {
  try {
    const { date } = await client.delete(namespace, name, { uid, resourceVersion })
    onServerDate(date)
    return 'removed'
  } catch (error) {
    if (isNotFound(error)) return 'gone'
    if (isApiError(error, 409)) return 'changed'
    throw error
  }
}
