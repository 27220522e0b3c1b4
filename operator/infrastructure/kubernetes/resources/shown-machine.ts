import type { SeenMachine } from '../../../application/gateway/objects.ts'
import type { VirtualMachine } from './generated/virtual-machine.ts'

/** A VirtualMachine as the gateway shows it. */
export function seenMachine({ metadata, spec, status }: VirtualMachine): SeenMachine {
  const { namespace = '', name = '', uid = '', generation = 0, resourceVersion = '', creationTimestamp } = metadata
  const { cpu, memory, disk, storages, pool, owner } = spec
  const { phase = 'Pending', reason, message, provider, reservation, endpoints, cost, startedAt } = status ?? {}
  return {
    ...{ namespace, name, uid, generation, position: resourceVersion },
    shown: {
      ...{ machineId: name, namespace, cpu, memory, pool, phase },
      ...(disk !== undefined && { disk }),
      ...(storages && { storages: storages.map((storage) => storage.name) }),
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
