import type { SeenMachine } from '../../../application/gateway/objects.ts'
import type { VirtualMachine, VirtualMachineSpec } from './generated/virtual-machine.ts'

/** A VirtualMachine as the gateway shows it. */
export function seenMachine({ metadata, spec, status }: VirtualMachine): SeenMachine {
  const { namespace = '', name = '', uid = '', generation = 0, resourceVersion = '', creationTimestamp } = metadata
  const { cpu, memory, pool, owner } = spec
  const { phase = 'Pending', reason, message, provider, reservation, endpoints, cost, startedAt } = status ?? {}
  return {
    ...{ namespace, name, uid, generation, position: resourceVersion },
    shown: {
      ...{ machineId: name, namespace, cpu, memory, pool, phase },
      ...disksOf(spec),
      ...(owner !== undefined && { owner }),
      ...(reason !== undefined && { reason }),
      ...(message !== undefined && { message }),
      ...(provider !== undefined && { provider }),
      ...(reservation !== undefined && { reservationId: reservation }),
      ...(endpoints && { endpoints }),
      ...(cost && { cost }),
      ...(startedAt !== undefined && { startedAt }),
      ...(creationTimestamp !== undefined && { createdAt: creationTimestamp }),
    },
  }
}

/** One of both, as it was asked for. */
function disksOf({ disk, storages }: VirtualMachineSpec): { readonly disk?: string; readonly storages?: string[] } {
  return {
    ...(disk !== undefined && { disk }),
    ...(storages && { storages: storages.map(({ name }) => name) }),
  }
}
