import type { Machine, MachineSpec, MachineStatus } from '../../../domain/machine/machine.ts'
import { namedNetwork } from '../../../domain/machine/network-use.ts'
import { keyOf } from '../../../domain/reservation/reservation.ts'
import type { VirtualMachine, VirtualMachineSpec } from './generated/virtual-machine.ts'
import { identityOf, type StoredKind } from './stored-resources.ts'

export const MACHINE_FINALIZER = 'kbnt.io/machine'

export const virtualMachines = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'vmachines',
  namespaced: true,
} as const

/** Machines as the API server stores them. */
export const storedMachines: StoredKind<VirtualMachine, Machine> = {
  name: 'VirtualMachine',
  finalizer: MACHINE_FINALIZER,
  fromObject: machineFromResource,
}

/** The name of the index that finds machines by the key of the network that they name. */
export const BY_NETWORK = 'network'

export const networkIndexers = {
  [BY_NETWORK]: ({ metadata: { namespace = '' }, spec }: VirtualMachine): string[] => {
    const id = spec.network && namedNetwork(spec.network.name, namespace)
    return id ? [keyOf(id.namespace, id.name)] : []
  },
}

/** The name of the index that finds machines by the keys of the storages that they name. */
export const BY_STORAGE = 'storage'

export const storageIndexers = {
  [BY_STORAGE]: ({ metadata: { namespace = '' }, spec }: VirtualMachine): string[] =>
    (spec.storages ?? []).map(({ name }) => keyOf(namespace, name)),
}

/** What the operator knows of one stored VirtualMachine. */
export function machineFromResource(object: VirtualMachine): Machine {
  const identity = identityOf(object, MACHINE_FINALIZER)
  const { spec, status } = object
  return {
    ...identity,
    spec: specFromResource(spec, identity.namespace),
    ...(status && { status: status as MachineStatus }),
  }
}

function specFromResource(
  { network, storages, poolNamespace, ...spec }: VirtualMachineSpec,
  namespace: string,
): MachineSpec {
  return {
    ...spec,
    poolNamespace: poolNamespace || namespace,
    ...(network && { network: network.name }),
    ...(storages && { storages: storages.map(({ name }) => name) }),
  }
}
