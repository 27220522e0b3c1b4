import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import type { Storage, StorageUser } from '../../domain/storage/storage.ts'
import { type KnownUsers, type Users, type UserWords, usersInWords } from '../resource/users.ts'

/** What is known of the machines that have storages. */
export interface StorageMachines extends KnownUsers {
  /** Those that say that they were made with exactly this storage, as far as they were seen. */
  readonly with: (storage: ResourceIdentity) => readonly StorageUser[]
  /** Why the machines of a namespace are not all seen yet, in words; undefined = they are. */
  readonly unseen: (namespace: string) => string | undefined
}

const words: UserWords = {
  there: 'a machine has it, which has to be deleted first',
  gone: 'a machine that is gone still has it',
  hidden: 'a machine has it of which nobody can see whether it is gone',
  unknown: 'whether a machine has it is not known',
}

/**
 * What a storage is not taken away from, in words: the machine that has it, by its own status or by that of the machine,
 * and those that may be there; undefined = nobody.
 */
export function storageUsers(machines: StorageMachines, storage: Storage): Users | undefined {
  const { namespace, status } = storage
  const users = [...(status?.attachedTo ? [status.attachedTo] : []), ...machines.with(storage)]
  return usersInWords(machines, {
    ...{ used: storage, command: 'vstorage', words },
    users: users.map(({ name, uid }) => ({ namespace, name, uid })),
    unseen: machines.unseen(namespace),
  })
}
