import { conditionsAfter, type Truth } from '../resource/conditions.ts'
import { historyAfter, shortened } from '../resource/history.ts'
import { type Machine, type MachineConditionType, type MachineStatus, machineIdOf } from './machine.ts'
import { type Outlook, outlookOf } from './outlook.ts'
import type { Situation, StatusFacts } from './situation.ts'
import { stepsBetween } from './steps.ts'

/** The status of a machine in this situation; what has not changed since the last one is as it was. */
export function machineStatusAfter(machine: Machine, situation: Situation, facts: StatusFacts): MachineStatus {
  const outlook = shortened(outlookOf(machine, situation, facts))
  const { phase, reason, message, details } = outlook
  const { status: before } = machine
  const next = {
    observedGeneration: machine.generation,
    ...{ phase, reason, message, machineId: machineIdOf(machine), provider: facts.provider },
    ...(facts.reservation !== undefined && { reservation: facts.reservation }),
    ...details,
    ...(facts.capacity && { cost: facts.capacity.cost }),
    conditions: conditionsAfter(machine, truthsOf(outlook, facts), facts.at),
  }
  const added = stepsBetween(machine, next, situation, facts)
  return {
    ...next,
    steps: (before?.steps ?? 0) + added.length,
    published: Math.max(before?.published ?? 0, facts.published),
    history: historyAfter(before?.history ?? [], added),
  }
}

function truthsOf(outlook: Outlook, facts: StatusFacts): Record<MachineConditionType, Truth> {
  const { reason, message, provisioned, running, ready = running, details } = outlook
  const at = details.providerRef ? ` as ${details.providerRef.name}` : ''
  const why = { is: false, reason, message }
  return {
    CapacityReserved: facts.capacity
      ? { is: true, reason: 'Reserved', message: `held by reservation ${facts.reservation}` }
      : why,
    Provisioned: provisioned ? { is: true, reason: 'Provisioned', message: `${facts.provider} has it${at}` } : why,
    Running: { is: running, reason, message },
    Ready: { is: ready, reason, message },
  }
}
