import type { Reason } from '../reservation/reservation.ts'

/** Every reason of a machine's own, once; docs/troubleshooting.md has to say what to do about each that isn't `fine`. */
export const machineReasons = {
  PoolMissing: {},
  PoolAmbiguous: {},
  WrongUnit: {},
  ProviderUnavailable: {},
  ReservationRefused: {},
  PolicyViolation: {},
  Reserving: { quiet: true },
  WaitingForCapacity: {},
  CapacityUnconfirmed: {},
  CapacityLost: {},
  Starting: { quiet: true },
  Running: { quiet: true, fine: true },
  ProviderFailed: {},
  Halted: { quiet: true },
  ShutDown: {},
  Deleting: { quiet: true },
  Deleted: { quiet: true, fine: true },
} as const satisfies Readonly<Record<string, { readonly quiet?: true; readonly fine?: true }>>

export type OwnMachineReason = keyof typeof machineReasons

/** Why a machine is as it is: a reason of its own, or that of its reservation. */
export type MachineReason = OwnMachineReason | Reason

/** Those of which no Kubernetes Event tells: they come with every life. */
export const quietMachineReasons: ReadonlySet<string> = new Set(
  (Object.keys(machineReasons) as OwnMachineReason[]).filter((reason) => 'quiet' in machineReasons[reason]),
)
