import type * as resource from '../resource/resource.ts'
import {
  type Resource,
  type ResourceCondition,
  type ResourceSpec,
  type ResourceStatus,
  resourceIdOf,
} from '../resource/resource.ts'

export type ProviderName = 'KubeVirt' | 'Simulated'

/** Always = started again whenever it is off; RerunOnFailure = only after a failure; Halted = off, its capacity kept. */
export type RunStrategy = 'Always' | 'RerunOnFailure' | 'Halted'

/** What people ask for. All but `runStrategy` is settled at creation. */
export interface MachineSpec extends ResourceSpec {
  readonly cpu: number
  /** As written, `8Gi`. */
  readonly memory: string
  readonly disk: string
  /** A network of the provider; absent = its usual one. */
  readonly network?: string
  readonly image?: string
  /** Absent = the operator's setting. */
  readonly provider?: ProviderName
  readonly runStrategy: RunStrategy
}

export type MachinePhase = 'Pending' | 'Reserving' | 'Provisioning' | 'Running' | 'Stopped' | 'Failed' | 'Deleting'

export type MachineConditionType = 'CapacityReserved' | 'Provisioned' | 'Running' | 'Ready'

export type MachineCondition = ResourceCondition<MachineConditionType>

/** `Fail` and `Delete` are the last of a machine. */
export type Operation = 'Request' | 'Reserve' | 'Provision' | 'Run' | 'Stop' | 'Fail' | 'Delete'

export type Step = resource.Step<Operation>

export interface Endpoint {
  readonly name: string
  readonly address: string
  readonly port: number
}

export interface MachineStatus extends ResourceStatus {
  readonly phase: MachinePhase
  readonly machineId: string
  readonly provider: ProviderName
  readonly endpoints?: readonly Endpoint[]
  /** While it boots: since when. */
  readonly bootingSince?: string
  readonly bootTimeSeconds?: number
  readonly startedAt?: string
  /** How often it came back after it had run. */
  readonly restarts?: number
  readonly history: readonly Step[]
  readonly conditions: readonly MachineCondition[]
}

/** One stored VirtualMachine. */
export interface Machine extends Resource {
  readonly spec: MachineSpec
  readonly status?: MachineStatus
}

/** `VM-0909A693`: what people call it, from the object's uid. */
export function machineIdOf(machine: Pick<Machine, 'uid'>): string {
  return resourceIdOf('VM', machine)
}
