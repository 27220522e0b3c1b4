import { keyOf } from '../../domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import type { StorageUser } from '../../domain/storage/storage.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import { BY_STORAGE } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { isWatchedAndListed, type Namespaces } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { MachineWork } from './machines.ts'
import type { MachinesWithStorages } from './storages.ts'
import { unseenWords } from './unseen-words.ts'

/** What the watch of machines knows of storages; `work` is asked for when it is there. */
export function machinesWithStorages(watched: Namespaces, work: () => MachineWork): MachinesWithStorages {
  return {
    isSeen: (namespace) => isWatchedAndListed(work().cache, watched, namespace),
    unseen: (namespace) => unseenWords('VirtualMachines', work().cache.unlisted, [namespace]),
    find: (key) => work().resources.find(key),
    read: (namespace, name) => work().resources.read(namespace, name),
    with: ({ namespace, name, uid }: ResourceIdentity) =>
      work()
        .cache.byIndex(BY_STORAGE, keyOf(namespace, name))
        .filter(({ status }) => status?.storages?.some((one) => one.uid === uid))
        .map(userOf),
    hasBegun: () => work().hasBegun(),
    removeRest: (machine) => work().removeRest(machine),
  }
}

function userOf({ metadata: { uid = '', name = '' }, status }: VirtualMachine): StorageUser {
  return { uid, name, ...(status && { provider: status.provider }) }
}
