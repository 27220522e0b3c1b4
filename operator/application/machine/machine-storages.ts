import type { AttachedStorage, Machine, ProviderName } from '../../domain/machine/machine.ts'
import type { Hindrance } from '../../domain/machine/network-use.ts'
import { type StorageWish, storageAgainst, storageGone } from '../../domain/machine/storage-use.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { childNameOf, isTrue, type ResourceIdentity } from '../../domain/resource/resource.ts'
import type { Storage, StorageStatus, StorageUser } from '../../domain/storage/storage.ts'
import { messageOf } from '../message-of.ts'
import { type Change, changeStatus } from '../resource/change-status.ts'
import type { Why as AnyWhy } from '../resource/resource-parts.ts'
import type { Resources } from '../resource/resources.ts'
import { releaseStorage } from '../storage/release-storage.ts'

export interface MachineStoragesParts {
  readonly storages: Pick<Resources<Storage>, 'find' | 'read' | 'report'>
  /** Whether all storages of a namespace were seen. */
  readonly isSeen: (namespace: string) => boolean
  /** Machines that say that they were made with this storage, as far as they were seen. */
  readonly known: (storage: ResourceIdentity) => readonly StorageUser[]
  /** Why machines that may have storages of a namespace are not all seen yet, in words; undefined = they are. */
  readonly unseen: (namespace: string) => string | undefined
  readonly providerOf: (machine: Machine) => ProviderName
}

type StorageId = Pick<ResourceIdentity, 'namespace' | 'name'>
type Why = Hindrance & Pick<AnyWhy<never>, 'recheckAfterMs' | 'fault'>

/** The storages that machines have instead of a disk. */
export interface MachineStorages {
  /** Why a machine can't have all of its storages for now, as last seen; undefined = it can, or names none. */
  missing(machine: Machine): Why | undefined
  /**
   * Has each be its own, stored before this answers. `storages` undefined: it names none. Never throws: where nobody knows
   * whether it came through there is a `fault`.
   */
  attach(machine: Machine): Promise<{ readonly storages: readonly AttachedStorage[] | undefined } | Why>
  /** Whether one is its own, by its status or by that of the storage as last seen. */
  holds(machine: Machine): boolean
  /** Gives them back; asks nobody of storages that are not there. Throws when nobody knows whether it came through. */
  detach(machine: Machine): Promise<void>
}

/**
 * Who has a storage is in its status, by the uid of the machine: a lost answer or a kill ends in the same place. Machines
 * ask for their storages in the order of the names, so that no two of them wait for each other.
 */
export function machineStorages(parts: MachineStoragesParts): MachineStorages {
  const { storages, known } = parts
  const find = ({ namespace, name }: StorageId) => storages.find(keyOf(namespace, name))

  function wishOf(machine: Machine, name: string): StorageWish {
    const { uid, name: own, status } = machine
    const had = isTrue(status, 'Provisioned') ? status?.storages?.find((one) => one.name === name) : undefined
    return { uid, name: own, provider: parts.providerOf(machine), madeWith: had?.uid }
  }

  function claimed(stored: Storage | undefined, id: StorageId, wish: StorageWish): Change<Storage, Storage | Why> {
    if (!stored) return { answer: wish.madeWith === undefined ? notThere(id) : storageGone(id) }
    const hindrance = storageAgainst(stored, wish, known(stored))
    if (hindrance) return { answer: hindrance }
    if (isOwn(stored, wish)) return { answer: stored, status: withProvider(stored, wish) }
    const others = wish.madeWith === undefined ? parts.unseen(id.namespace) : undefined
    if (others !== undefined) return { answer: othersUnseen(id, others) }
    return { answer: stored, status: attachedStatus(stored, wish) }
  }

  async function attachTo(machine: Machine, name: string): Promise<Storage | Why> {
    const id = { namespace: machine.namespace, name }
    const wish = wishOf(machine, name)
    const seen = find(id)
    if (seen && seen.uid === wish.madeWith && isOwn(seen, wish)) return seen
    const change = changeStatus<Storage, Storage | Why>(storages, { ...id, what: 'who has storage' }, (stored) =>
      claimed(stored, id, wish),
    )
    return change.catch((error: unknown) => unanswered(id, error))
  }

  async function attachAll(
    machine: Machine,
    names: readonly string[],
  ): Promise<{ readonly storages: readonly AttachedStorage[] } | Why> {
    const attached = new Map<string, AttachedStorage>()
    for (const name of [...names].sort()) {
      const answer = await attachTo(machine, name)
      if ('reason' in answer) return answer
      attached.set(name, attachedTo(answer))
    }
    return { storages: names.flatMap((name) => attached.get(name) ?? []) }
  }

  const unfound = (id: StorageId) => (parts.isSeen(id.namespace) ? notThere(id) : unseen(id))

  function isHeld(machine: Machine, name: string): boolean {
    return find({ namespace: machine.namespace, name })?.status?.attachedTo?.uid === machine.uid
  }

  return {
    missing(machine) {
      for (const name of machine.spec.storages ?? []) {
        const id = { namespace: machine.namespace, name }
        const storage = find(id)
        const why = storage ? storageAgainst(storage, wishOf(machine, name), known(storage)) : unfound(id)
        if (why) return why
      }
      return undefined
    },
    async attach(machine) {
      const { storages: names } = machine.spec
      return names ? attachAll(machine, names) : { storages: undefined }
    },
    holds: (machine) =>
      (machine.status?.storages?.length ?? 0) > 0 ||
      (machine.spec.storages ?? []).some((name) => isHeld(machine, name)),
    async detach(machine) {
      const told = new Set(machine.status?.storages?.map(({ name }) => name))
      for (const name of machine.spec.storages ?? []) {
        const id = { namespace: machine.namespace, name }
        if (told.has(name) || find(id)) await releaseStorage(storages, id, machine.uid)
      }
    },
  }
}

function attachedStatus({ status }: Storage, { uid, name, provider }: StorageWish): StorageStatus | undefined {
  return status && { ...status, attachedTo: { uid, name, provider } }
}

/** Who has it may have no status yet: after a change of the settings it is another provider that has to let go. */
function withProvider(stored: Storage, wish: StorageWish): StorageStatus | undefined {
  return stored.status?.attachedTo?.provider === wish.provider ? undefined : attachedStatus(stored, wish)
}

function isOwn({ status }: Storage, { uid }: StorageWish): boolean {
  return status?.attachedTo?.uid === uid
}

/** Its claim is called as it always is: a status may have been edited, or restored, and name that of another. */
function attachedTo({ name, uid, status }: Storage): AttachedStorage {
  const { provider = 'Simulated' } = status ?? {}
  return { name, uid, provider, claim: childNameOf({ name, uid }) }
}

function notThere({ namespace, name }: StorageId): Hindrance {
  const message = `there is no VirtualStorage ${namespace}/${name}; apply it, and this machine goes on by itself`
  return { reason: 'StorageNotFound', message }
}

function unseen({ namespace, name }: StorageId): Hindrance {
  const named = `${namespace}/${name}`
  const message = `whether there is a VirtualStorage ${named} is not known: those of its namespace were not listed yet`
  return { reason: 'StorageUnseen', message }
}

function othersUnseen({ namespace, name }: StorageId, words: string): Hindrance {
  return {
    reason: 'StorageUnseen',
    message: `whether a machine has storage ${namespace}/${name} is not known: ${words}`,
  }
}

function unanswered({ namespace, name }: StorageId, error: unknown): Why {
  const message = `storage ${namespace}/${name} can't be asked: ${messageOf(error)}`
  return { reason: 'StorageUnseen', message, fault: { error } }
}
