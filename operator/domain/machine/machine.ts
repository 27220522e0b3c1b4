import type { NetworkProviderName } from '../network/network.ts'
import type * as resource from '../resource/resource.ts'
import {
  type PooledResource,
  type PooledSpec,
  type ResourceCondition,
  type ResourceStatus,
  resourceIdOf,
} from '../resource/resource.ts'
import type { StorageProviderName } from '../storage/storage.ts'
import type { ProviderName } from './provider-name.ts'

export type { ProviderName }

/** Always = started again whenever it is off; RerunOnFailure = only after a failure; Halted = off, its capacity kept. */
export type RunStrategy = 'Always' | 'RerunOnFailure' | 'Halted'

/** What people ask for. All but `runStrategy` is settled at creation. */
export interface MachineSpec extends PooledSpec {
  readonly cpu: number
  /** As written, `8Gi`. */
  readonly memory: string
  /** Absent = it has storages. */
  readonly disk?: string
  /** Names of VirtualStorages of its namespace, the one to boot from first. Absent = it has a disk. */
  readonly storages?: readonly string[]
  /** A VirtualNetwork, `name` or `namespace/name`; where there is none, a network of the provider. Absent = its usual one. */
  readonly network?: string
  readonly image?: string
  /** Absent = the operator's setting. */
  readonly provider?: ProviderName
  readonly runStrategy: RunStrategy
}

export type MachinePhase = 'Pending' | 'Reserving' | 'Provisioning' | 'Running' | 'Stopped' | 'Failed' | 'Deleting'

export type MachineConditionType =
  | 'CapacityReserved'
  | 'Provisioned'
  | 'Running'
  | 'Ready'
  | 'AddressNotManaged'
  | 'Deleting'

export type MachineCondition = ResourceCondition<MachineConditionType>

/** `Fail` and `Delete` are the last of a machine. */
export type Operation = 'Request' | 'Reserve' | 'Provision' | 'Run' | 'Stop' | 'Fail' | 'Delete'

export type Step = resource.Step<Operation>

export interface Endpoint {
  readonly name: string
  readonly address: string
  readonly port: number
}

/** The address that is a machine's own on a VirtualNetwork. */
export interface NetworkPlace {
  readonly namespace: string
  readonly name: string
  /** The uid of the network. */
  readonly uid: string
  readonly address: string
}

/** What its provider has to know of it. */
export interface AttachedNetwork extends NetworkPlace {
  /** Its range. */
  readonly cidr: string
  readonly provider: NetworkProviderName
  /** The name of the provider's object, in the namespace of the network. */
  readonly definition: string
}

/** A VirtualStorage of its namespace that a machine has for itself. */
export interface StoragePlace {
  readonly name: string
  /** The uid of the storage. */
  readonly uid: string
}

/** What its provider has to know of it. */
export interface AttachedStorage extends StoragePlace {
  readonly provider: StorageProviderName
  /** The name of the provider's object, in the namespace of both. */
  readonly claim: string
}

/** What a machine has of others. */
export interface Attached {
  /** Absent = it is on no VirtualNetwork. */
  readonly network?: AttachedNetwork
  /** In the order of its spec. Absent = it has none. */
  readonly storages?: readonly AttachedStorage[]
}

export interface MachineStatus extends ResourceStatus {
  readonly phase: MachinePhase
  readonly machineId: string
  readonly provider: ProviderName
  /** While its provider has it, or is asked for it, on a VirtualNetwork. */
  readonly network?: NetworkPlace
  /** The same of its storages. */
  readonly storages?: readonly StoragePlace[]
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
export interface Machine extends PooledResource {
  /** Once it has what it needs of others; absent = nobody has looked. Never of what is stored. */
  readonly attached?: Attached
  readonly spec: MachineSpec
  readonly status?: MachineStatus
}

/** `VM-0909A693`: what people call it, from the object's uid. */
export function machineIdOf(machine: Pick<Machine, 'uid'>): string {
  return resourceIdOf('VM', machine)
}

/** The same one, as if its spec had it be off. */
export function toldToHalt(machine: Machine): Machine {
  return { ...machine, spec: { ...machine.spec, runStrategy: 'Halted' } }
}
