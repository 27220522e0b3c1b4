import type { Machine, MachineStatus } from '../../domain/machine/machine.ts'
import type { Unwritten } from '../unwritten.ts'

/** What became of a write to a machine's object. */
export type MachineWrite = { readonly kind: 'written'; readonly machine: Machine } | Unwritten

/** VirtualMachines as people wrote them and as we told them. */
export interface Machines {
  /** As last seen by the watch; undefined = gone or not seen yet. */
  find(key: string): Machine | undefined
  /** All as last seen. */
  all(): Iterable<Machine>
  /** The latest version, from the store itself; undefined = none. Throws when that does not answer. */
  read(namespace: string, name: string): Promise<Machine | undefined>
  /** Replaces the status of exactly the version `base`. Never throws. */
  report(base: Machine, status: MachineStatus): Promise<MachineWrite>
  /** From now on it is not gone before we let go of it. Never throws. */
  hold(base: Machine): Promise<MachineWrite>
  /** Lets a deleted one go. Never throws. */
  letGo(base: Machine): Promise<MachineWrite>
}
