import type { Want } from '../resource/pool.ts'
import { wholeGiB } from '../resource/size.ts'
import type { MachineSpec } from './machine.ts'

type Asked = Pick<MachineSpec, 'cpu' | 'memory' | 'disk'>

/** What a machine takes of its pool. Storages have a disk of their own. */
export function machineWants({ cpu, memory, disk }: Asked): Want[] {
  return [
    { resource: 'cpu', unit: 'vCPU', quantity: cpu },
    { resource: 'memory', unit: 'GiB', quantity: wholeGiB(memory) },
    ...(disk === undefined ? [] : [{ resource: 'disk', unit: 'GiB', quantity: wholeGiB(disk) }]),
  ]
}

/** The same in words. */
export function machineAsks({ cpu, memory, disk }: Asked): string {
  return disk === undefined ? `${cpu} vCPU and ${memory} memory` : `${cpu} vCPU, ${memory} memory and ${disk} disk`
}
