import type { Machine } from '../../domain/machine/machine.ts'
import type { OwnMachineReason } from '../../domain/machine/machine-reasons.ts'
import type { Attachments } from '../resource/resource-parts.ts'
import type { MachineNetworks } from './machine-networks.ts'

/** What machines have of others. */
export function machineAttachments(networks: MachineNetworks): Attachments<Machine, OwnMachineReason> {
  return {
    missing: networks.missing,
    async attach(machine) {
      const answer = await networks.attach(machine)
      if ('reason' in answer) return answer
      if (!answer.network && machine.status?.network) return { attached: machine } // nobody serves that network any more
      return { attached: { ...machine, attached: { ...(answer.network && { network: answer.network }) } } }
    },
    holds: networks.holds,
    detach: networks.detach,
  }
}
