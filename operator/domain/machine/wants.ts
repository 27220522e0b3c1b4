import type { Want } from '../resource/pool.ts'
import { wholeGiB } from '../resource/size.ts'
import type { MachineSpec } from './machine.ts'

/** What a machine takes of its pool. */
export function machineWants({ cpu, memory, disk }: Pick<MachineSpec, 'cpu' | 'memory' | 'disk'>): Want[] {
  return [
    { resource: 'cpu', unit: 'vCPU', quantity: cpu },
    { resource: 'memory', unit: 'GiB', quantity: wholeGiB(memory) },
    { resource: 'disk', unit: 'GiB', quantity: wholeGiB(disk) },
  ]
}
