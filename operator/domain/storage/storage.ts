import type { ProviderName } from '../machine/provider-name.ts'
import type * as resource from '../resource/resource.ts'
import {
  type PooledResource,
  type PooledSpec,
  type ResourceCondition,
  type ResourceStatus,
  resourceIdOf,
} from '../resource/resource.ts'

export type StorageProviderName = 'PersistentVolumeClaim' | 'Simulated'

/** The class of storages that name none. */
export const USUAL_CLASS = 'standard'

/** What becomes of the data when the storage is deleted. */
export type Reclaim = 'Retain' | 'Delete'

/** What people ask for. All but `reclaim` is settled at creation. */
export interface StorageSpec extends PooledSpec {
  /** As written, `100Gi`. */
  readonly size: string
  /** One that the settings of the operator describe. */
  readonly class: string
  readonly iops?: number
  readonly reclaim: Reclaim
  /** Absent = the operator's setting. */
  readonly provider?: StorageProviderName
}

export type StoragePhase = 'Pending' | 'Reserving' | 'Allocating' | 'Allocated' | 'Failed' | 'Deleting'

export type StorageConditionType = 'CapacityReserved' | 'Provisioned' | 'Ready' | 'Deleting'

/** `Fail` and `Delete` are the last of a storage. */
export type StorageOperation = 'Request' | 'Reserve' | 'Provision' | 'Allocate' | 'Fail' | 'Delete'

export type StorageStep = resource.Step<StorageOperation>

/** A machine, of the namespace of the storage, that has it for itself. */
export interface StorageUser {
  /** The uid of the machine. */
  readonly uid: string
  readonly name: string
  /** What runs it; absent = not written down. */
  readonly provider?: ProviderName
}

export interface StorageStatus extends ResourceStatus {
  readonly phase: StoragePhase
  readonly storageId: string
  readonly provider: StorageProviderName
  /** While it is being allocated: since when. */
  readonly allocatingSince?: string
  /** Since when it could be used. */
  readonly allocatedAt?: string
  /** The volume behind it, once there is one. */
  readonly volume?: string
  /** Absent = no machine has it. */
  readonly attachedTo?: StorageUser
  readonly history: readonly StorageStep[]
  readonly conditions: readonly ResourceCondition<StorageConditionType>[]
}

/** One stored VirtualStorage. */
export interface Storage extends PooledResource {
  readonly spec: StorageSpec
  readonly status?: StorageStatus
}

/** `STOR-64DE90EF`: what people call it, from the object's uid. */
export function storageIdOf(storage: Pick<Storage, 'uid'>): string {
  return resourceIdOf('STOR', storage)
}
