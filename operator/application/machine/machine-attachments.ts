import type { Machine } from '../../domain/machine/machine.ts'
import type { OwnMachineReason } from '../../domain/machine/machine-reasons.ts'
import type { Attachments } from '../resource/resource-parts.ts'
import type { MachineNetworks } from './machine-networks.ts'
import type { MachineStorages } from './machine-storages.ts'

/** What machines have of others. Storages come first: who waits for one has no address that another could have. */
export function machineAttachments(
  networks: MachineNetworks,
  storages: MachineStorages,
): Attachments<Machine, OwnMachineReason> {
  return {
    missing: (machine) => storages.missing(machine) ?? networks.missing(machine),
    async attach(machine) {
      const disks = await storages.attach(machine)
      if ('reason' in disks) return disks
      const answer = await networks.attach(machine)
      if ('reason' in answer) return answer
      if (!answer.network && machine.status?.network) return { attached: machine } // nobody serves that network any more
      const { network } = answer
      return {
        attached: {
          ...machine,
          attached: { ...(network && { network }), ...(disks.storages && { storages: disks.storages }) },
        },
      }
    },
    holds: (machine) => networks.holds(machine) || storages.holds(machine),
    async detach(machine) {
      const done = await Promise.allSettled([networks.detach(machine), storages.detach(machine)])
      for (const one of done) if (one.status === 'rejected') throw one.reason
    },
  }
}
