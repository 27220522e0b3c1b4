import type { Machine, MachineStatus, ProviderName, Step } from '../../domain/machine/machine.ts'
import type { MachinePolicies } from '../../domain/machine/policy.ts'
import type { Clock, Tick } from '../clock.ts'
import type { ClockCheck } from '../clock-check.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { StepEvents } from '../event/step-events.ts'
import type { Capacity } from './capacity.ts'
import type { MachineProvider } from './machine-provider.ts'
import type { Machines } from './machines.ts'
import type { NextTries } from './next-tries.ts'
import type { Pools } from './pools.ts'

/** What a machine's reconcile works with. */
export interface MachineParts {
  readonly machines: Machines
  readonly capacity: Capacity
  readonly pools: Pools
  readonly providers: Readonly<Record<ProviderName, MachineProvider>>
  /** For machines that name none. */
  readonly defaultProvider: ProviderName
  readonly policies: MachinePolicies
  /** Refused tries in a row after which a machine has failed. */
  readonly maxTries: number
  readonly events: StepEvents<Machine>
  /** When this process has asked for the capacity of which machine, by uid: its watch may not show it yet. */
  readonly askedAt: Map<string, Tick>
  readonly nextTries: NextTries
  readonly clock: Clock
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly clockIsRight: ClockCheck
  readonly observer: MachineObserver
}

/** What watches machines: metrics, logs, Kubernetes Events. Must be quick and never throw. */
export interface MachineObserver {
  /** `status` was stored after that of `machine`; it tells of these steps for the first time. */
  told(machine: Machine, status: MachineStatus, steps: readonly Step[]): void
}

/** Settled with the first status, so that a changed setting moves no machine. */
export function providerNameOf({ spec, status }: Machine, parts: Pick<MachineParts, 'defaultProvider'>): ProviderName {
  return status?.provider ?? spec.provider ?? parts.defaultProvider
}

export function providerOf(machine: Machine, parts: MachineParts): MachineProvider {
  return parts.providers[providerNameOf(machine, parts)]
}
