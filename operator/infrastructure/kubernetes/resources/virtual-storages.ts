import type { Storage, StorageStatus } from '../../../domain/storage/storage.ts'
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
