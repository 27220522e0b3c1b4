import type { Allocation } from '../../domain/network/allocation.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import { BY_NETWORK } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { isListed, isWatchedAndListed, type Namespaces } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { MachineWork } from './machines.ts'
import type { MachinesOnNetworks } from './networks.ts'
import { unseenWords } from './unseen-words.ts'

/** What the watch of machines knows of networks; `work` is asked for when it is there. */
export function machinesOnNetworks(watched: Namespaces, work: () => MachineWork): MachinesOnNetworks {
  const naming = ({ namespace, name }: ResourceIdentity) => work().cache.byIndex(BY_NETWORK, keyOf(namespace, name))

  return {
    isSeen: (namespace) => isWatchedAndListed(work().cache, watched, namespace),
    unseen: ({ namespace, spec }) =>
      unseenWords('VirtualMachines', work().cache.unlisted, [namespace, ...spec.namespaces]),
    find: (key) => work().resources.find(key),
    read: (namespace, name) => work().resources.read(namespace, name),
    named: (network) => naming(network).flatMap(placeOf),
    on: (network) =>
      naming(network)
        .filter(({ status }) => status?.network?.uid === network.uid)
        .flatMap(placeOf),
    areOn({ uid, namespace, sharedWith }) {
      const { cache } = work()
      const isUnseen = sharedWith
        ? [namespace, ...sharedWith].some((user) => !isListed(cache, user))
        : cache.unlisted.size > 0
      return isUnseen || cache.list().some(({ status }) => status?.network?.uid === uid)
    },
    removeRest: (machine) => work().removeRest(machine),
    guestsOn: (network) => work().guestsOn(network),
  }
}

function placeOf({ metadata, status }: VirtualMachine): Allocation[] {
  const { uid = '', namespace = '', name = '' } = metadata
  return status?.network ? [{ uid, namespace, name, address: status.network.address, provider: status.provider }] : []
}
