import type { Allocation } from '../../domain/network/allocation.ts'
import type { Network } from '../../domain/network/network.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import { BY_NETWORK } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { isAmong, isListed, type Namespaces } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { MachineWork } from './machines.ts'
import type { MachinesOnNetworks } from './networks.ts'
import { unseenWords } from './unseen-words.ts'

/** What the watch of machines knows of networks; `work` is asked for when it is there. */
export function machinesOnNetworks(watched: Namespaces, work: () => MachineWork): MachinesOnNetworks {
  const isSeen = (namespace: string) => isAmong(watched, namespace) && isListed(work().cache, namespace)

  const naming = ({ namespace, name }: ResourceIdentity) => work().cache.byIndex(BY_NETWORK, keyOf(namespace, name))

  function unseen({ namespace, spec }: Network): string | undefined {
    const { unlisted } = work().cache
    const places = ['', namespace, ...spec.namespaces].flatMap((place): [string, string][] => {
      const why = unlisted.get(place)
      return why === undefined ? [] : [[place, why]]
    })
    return unseenWords('VirtualMachines', new Map(places))
  }

  return {
    ...{ isSeen, unseen },
    find: (key) => work().resources.find(key),
    read: (namespace, name) => work().resources.read(namespace, name),
    named: (network) => naming(network).flatMap(placeOf),
    on: (network) =>
      naming(network)
        .filter(({ status }) => status?.network?.uid === network.uid)
        .flatMap(placeOf),
    areOn(networkUid) {
      const { cache } = work()
      return cache.unlisted.size > 0 || cache.list().some(({ status }) => status?.network?.uid === networkUid)
    },
    removeRest: (machine) => work().removeRest(machine),
  }
}

function placeOf({ metadata, status }: VirtualMachine): Allocation[] {
  const { uid = '', namespace = '', name = '' } = metadata
  return status?.network ? [{ uid, namespace, name, address: status.network.address, provider: status.provider }] : []
}
