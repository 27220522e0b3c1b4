import type { ResourceIdentity } from '../../../domain/resource/resource.ts'
import type { Reclaim, Storage, StorageStatus } from '../../../domain/storage/storage.ts'
import { ifThere } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { VirtualStorage } from './generated/virtual-storage.ts'
import { identityOf, type StoredKind } from './stored-resources.ts'

export const STORAGE_FINALIZER = 'kbnt.io/storage'

export const virtualStorages = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'vstorages',
  namespaced: true,
} as const

/** Storages as the API server stores them. */
export const storedStorages: StoredKind<VirtualStorage, Storage> = {
  name: 'VirtualStorage',
  finalizer: STORAGE_FINALIZER,
  fromObject(object) {
    const identity = identityOf(object, STORAGE_FINALIZER)
    const { spec, status } = object
    return {
      ...identity,
      spec: { ...spec, poolNamespace: spec.poolNamespace || identity.namespace },
      ...(status && { status: status as StorageStatus }),
    }
  },
}

/** What is to become of a storage's data, as it is stored now: it is kept where nobody says so any more. */
export async function storedReclaim(
  client: Pick<ResourceClient<VirtualStorage>, 'get'>,
  { namespace, name, uid }: ResourceIdentity,
): Promise<Reclaim> {
  const stored = (await ifThere(client.get(namespace, name)))?.body
  return stored?.metadata.uid === uid ? stored.spec.reclaim : 'Retain'
}
