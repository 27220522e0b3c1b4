import { type Machine, machineIdOf, type Operation } from '../machine/machine.ts'
import type { StockEvent } from './event.ts'
import { type EventWords, type ResourceEventContext, resourceEventFrom } from './resource-event.ts'

const verbs: Readonly<Record<Operation, string>> = {
  Request: 'requested',
  Reserve: 'reserved',
  Provision: 'provisioned',
  Run: 'running',
  Stop: 'stopped',
  Fail: 'failed',
  Delete: 'deleted',
}

const words: EventWords<Machine> = {
  ...{ noun: 'machine', plural: 'vmachines', verbs },
  id: (machine) => ({
    machineId: machineIdOf(machine),
    ...{ pool: machine.spec.pool, poolNamespace: machine.spec.poolNamespace },
  }),
  resources: ({ spec: { cpu, memory, disk, storages } }) => ({
    ...{ cpu, memory },
    ...(disk !== undefined && { disk }),
    ...(storages && { storages }),
  }),
}

/** The event of one step of a machine. Throws when the step is not, or no longer, in its history. */
export function machineEventFrom(machine: Machine, context: ResourceEventContext): StockEvent {
  return resourceEventFrom(words, machine, context)
}
