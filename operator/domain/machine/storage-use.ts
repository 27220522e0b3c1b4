import { isTrue } from '../resource/resource.ts'
import type { Storage, StorageUser } from '../storage/storage.ts'
import type { ProviderName } from './machine.ts'
import type { Hindrance } from './network-use.ts'

/** A machine that wants a storage for itself. */
export interface StorageWish {
  readonly uid: string
  readonly name: string
  readonly provider: ProviderName
  /** The uid of the storage that it was made with; absent = it was not made yet. */
  readonly madeWith?: string | undefined
}

/**
 * What is against a machine having a storage as it is now; undefined = nothing. One that was made with it is asked for no
 * more than that nobody else has it. `known`: machines that say that they were made with it, which counts also where the
 * storage has forgotten them.
 */
export function storageAgainst(
  storage: Storage,
  wish: StorageWish,
  known: readonly StorageUser[],
): Hindrance | undefined {
  if (wish.madeWith !== undefined && wish.madeWith !== storage.uid) return storageGone(storage)
  const other = otherUser(storage, wish, known)
  if (other) return inUse(storage, other, wish)
  return wish.madeWith === undefined ? unready(storage, wish) : undefined
}

/** Its own was another one, which was called the same. */
export function storageGone({ namespace, name }: Pick<Storage, 'namespace' | 'name'>): Hindrance {
  const message = `the storage ${namespace}/${name} that it was made with is gone; delete this machine and apply it again`
  return { reason: 'StorageNotFound', message }
}

function otherUser({ status }: Storage, { uid }: StorageWish, known: readonly StorageUser[]): StorageUser | undefined {
  const { attachedTo } = status ?? {}
  return [...(attachedTo ? [attachedTo] : []), ...known].find((user) => user.uid !== uid)
}

function inUse({ namespace, name }: Storage, other: StorageUser, { madeWith }: StorageWish): Hindrance {
  const whose = `machine ${namespace}/${other.name}`
  const message =
    madeWith === undefined
      ? `storage ${namespace}/${name} is that of ${whose}; it waits until that is deleted`
      : `its storage ${namespace}/${name} is also that of ${whose}; delete one of them`
  return { reason: 'StorageInUse', message }
}

/** One that has it already is let through where it is being deleted: each would wait for the other. */
function unready(storage: Storage, { uid, provider }: StorageWish): Hindrance | undefined {
  const { namespace, name, status, deletingSince } = storage
  const named = `storage ${namespace}/${name}`
  if (deletingSince !== undefined)
    return status?.attachedTo?.uid === uid
      ? undefined
      : { reason: 'StorageNotReady', message: `${named} is being deleted` }
  if (status?.phase !== 'Allocated' || !isTrue(status, 'Ready')) {
    const why = status ? `${status.phase} (${status.reason}): ${status.message}` : 'not looked at yet'
    return { reason: 'StorageNotReady', message: `${named} is ${why}` }
  }
  if (provider === 'KubeVirt' && status.provider === 'Simulated')
    return { reason: 'StorageUnsuited', message: `${named} is simulated: no machine of KubeVirt can have it` }
  return undefined
}
