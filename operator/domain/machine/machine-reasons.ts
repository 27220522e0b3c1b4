import type { Reason } from '../reservation/reservation.ts'
import { commonReasons, quietReasonsOf, type ReasonTable } from '../resource/resource-reasons.ts'

/** Every reason of a machine's own, once; docs/troubleshooting.md has to say what to do about each that isn't `fine`. */
export const machineReasons = {
  ...commonReasons,
  NetworkMissing: {},
  NetworkUnseen: {},
  NetworkNotShared: {},
  NetworkNotActive: {},
  NetworkUnsuited: {},
  AddressesExhausted: {},
  AddressTaken: {},
  StorageNotFound: {},
  StorageUnseen: {},
  StorageNotReady: {},
  StorageInUse: {},
  StorageUnsuited: {},
  Starting: { quiet: true },
  Running: { quiet: true, fine: true },
  Halted: { quiet: true },
  ShutDown: {},
} as const satisfies ReasonTable

export type OwnMachineReason = keyof typeof machineReasons

/** Why a machine is as it is: a reason of its own, or that of its reservation. */
export type MachineReason = OwnMachineReason | Reason

/** Those of which no Kubernetes Event tells: they come with every life. */
export const quietMachineReasons = quietReasonsOf(machineReasons)
