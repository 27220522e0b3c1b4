import {
  type Machine,
  type MachineCondition,
  type MachineConditionType,
  type MachineStatus,
  machineIdOf,
} from './machine.ts'
import { type Outlook, outlookOf } from './outlook.ts'
import type { Situation, StatusFacts } from './situation.ts'
import { historyAfter, stepsBetween } from './steps.ts'

/** The words of a provider may be long; the end of them is seldom what helps. */
const MAX_MESSAGE = 1_024

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
    conditions: machineConditionsAfter(machine, outlook, facts),
  }
  const added = stepsBetween(machine, next, situation, facts)
  return {
    ...next,
    steps: (before?.steps ?? 0) + added.length,
    published: Math.max(before?.published ?? 0, facts.published),
    history: historyAfter(before?.history ?? [], added),
  }
}

function shortened(outlook: Outlook): Outlook {
  const { message } = outlook
  return message.length > MAX_MESSAGE
    ? { ...outlook, message: `${message.slice(0, MAX_MESSAGE).toWellFormed()}…` }
    : outlook
}

interface Truth {
  readonly is: boolean
  readonly reason: string
  readonly message: string
}

/** Each of the four is there from the first status on; `lastTransitionTime` moves only when a status does. */
function machineConditionsAfter(
  { status, generation }: Machine,
  outlook: Outlook,
  facts: StatusFacts,
): MachineCondition[] {
  const truths = truthsOf(outlook, facts)
  return (Object.keys(truths) as MachineConditionType[]).map((type) => {
    const { is, reason, message } = truths[type]
    const now = is ? 'True' : 'False'
    const earlier = status?.conditions.find((condition) => condition.type === type)
    const lastTransitionTime = earlier?.status === now ? earlier.lastTransitionTime : `${facts.at.slice(0, 19)}Z`
    return { type, status: now, reason, message, lastTransitionTime, observedGeneration: generation }
  })
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
