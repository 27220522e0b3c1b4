import { stepsAfter } from '../kept-steps.ts'
import { conditionsAfter, deletionTruth, heldTruths, type Truth } from '../resource/conditions.ts'
import { shortened } from '../resource/history.ts'
import { type Machine, type MachineConditionType, type MachineStatus, machineIdOf } from './machine.ts'
import { type Outlook, outlookOf } from './outlook.ts'
import { addressTruth } from './reported-address.ts'
import type { Situation, StatusFacts } from './situation.ts'
import { stepsBetween } from './steps.ts'

/** The status of a machine in this situation; what has not changed since the last one is as it was. */
export function machineStatusAfter(machine: Machine, situation: Situation, facts: StatusFacts): MachineStatus {
  const outlook = shortened(outlookOf(machine, situation, facts))
  const { phase, reason, message, details } = outlook
  const places = placesOf(machine, situation)
  const truths = {
    ...truthsOf(outlook, facts),
    ...addressTruth(machine, situation, places.network),
    ...deletionTruth(situation, outlook),
  }
  const next = {
    observedGeneration: machine.generation,
    ...{ phase, reason, message, machineId: machineIdOf(machine), provider: facts.provider },
    ...(facts.reservation !== undefined && { reservation: facts.reservation }),
    ...(facts.reservationUID !== undefined && { reservationUID: facts.reservationUID }),
    ...places,
    ...details,
    ...(facts.capacity && { cost: facts.capacity.cost }),
    conditions: conditionsAfter(machine, truths, facts.at),
  }
  const added = stepsBetween(machine, next, situation, facts)
  return { ...next, ...stepsAfter(machine.status, added, facts.published) }
}

/** What it was found to have, or had: until its provider has nothing of it any more and it is given back. */
function placesOf({ attached, status }: Machine, situation: Situation): Pick<MachineStatus, 'network' | 'storages'> {
  const isGivenBack = situation.kind === 'left' || (situation.kind === 'failed' && situation.isFreed)
  if (isGivenBack && !attached) return {}
  const { network, storages } = attached ?? status ?? {}
  return {
    ...(network && {
      network: { namespace: network.namespace, name: network.name, uid: network.uid, address: network.address },
    }),
    ...(storages && { storages: storages.map(({ name, uid }) => ({ name, uid })) }),
  }
}

type AlwaysThere = Exclude<MachineConditionType, 'AddressNotManaged' | 'Deleting'>

function truthsOf(outlook: Outlook, facts: StatusFacts): Record<AlwaysThere, Truth> {
  const { reason, message, running, ready = running } = outlook
  return {
    ...heldTruths(outlook, facts),
    Running: { is: running, reason, message },
    Ready: { is: ready, reason, message },
  }
}
