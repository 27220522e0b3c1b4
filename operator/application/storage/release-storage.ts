import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import type { Storage, StorageStatus } from '../../domain/storage/storage.ts'
import { changeStatus } from '../resource/change-status.ts'
import type { Resources } from '../resource/resources.ts'

/**
 * Takes a storage from a machine whose provider has let go; nothing where that machine does not have it. May be repeated.
 * Throws when nobody knows whether it came through.
 */
export function releaseStorage(
  storages: Pick<Resources<Storage>, 'read' | 'report'>,
  { namespace, name }: Pick<ResourceIdentity, 'namespace' | 'name'>,
  machineUid: string,
): Promise<void> {
  return changeStatus<Storage, void>(storages, { namespace, name, what: 'who has storage' }, (stored) => ({
    answer: undefined,
    status: freed(stored?.status, machineUid),
  }))
}

function freed(before: StorageStatus | undefined, machineUid: string): StorageStatus | undefined {
  if (before?.attachedTo?.uid !== machineUid) return undefined
  const { attachedTo: _, ...status } = before
  return status
}
