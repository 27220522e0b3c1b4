// Generated from crds/vstorages.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * VirtualStorage asks for storage on capacity of a pool. Its size and its iops are reserved first, all or nothing; then
 * a provider makes it. Deleting it gives the capacity back; its data is kept unless reclaim says otherwise. Schema
 * version 1.
 */
export interface VirtualStorage {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, VirtualStorage. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** What is asked for. Only people and their tools write it. All of it but reclaim is settled at creation. */
  readonly spec: VirtualStorageSpec
  /** What became of it. Only the operator writes it. A backup must include it. */
  readonly status?: VirtualStorageStatus
}

/** What is asked for. Only people and their tools write it. All of it but reclaim is settled at creation. */
export interface VirtualStorageSpec {
  /**
   * How large it is, such as 20Gi or 1Ti. It comes from the pool's stock of disk, whose unit is GiB, rounded up to
   * whole GiB. Can't be changed for now.
   */
  readonly size: string
  /**
   * What kind of storage it is, such as standard or ssd: one of those that the operator's settings describe under
   * storages.classes. Can't be changed.
   */
  readonly class: string
  /**
   * Operations per second that it takes of the pool's stock of iops, whose unit is IOPS. They are counted; only its
   * class can enforce them. Absent = none are counted. Can't be changed for now.
   */
  readonly iops?: number
  /**
   * What becomes of its data when it is deleted. Retain: the provider's object stays, with the label
   * kbnt.io/retained=true where it is a PersistentVolumeClaim. Delete: it is deleted as well. The capacity goes back to
   * the pool either way.
   */
  readonly reclaim: 'Retain' | 'Delete'
  /**
   * The pool that its capacity comes from: the VirtualStocks with the label kbnt.io/pool of this value and the label
   * kbnt.io/resource cpu, memory or disk. Can be selected with --field-selector spec.pool=…. Can't be changed.
   */
  readonly pool: string
  /**
   * The namespace of the pool's stocks; "" = that of this storage. Stocks of another namespace must name this one in
   * their spec.allowedNamespaces. Can't be changed.
   */
  readonly poolNamespace: string
  /**
   * What makes it. PersistentVolumeClaim: real storage of the cluster. Simulated: nothing but this object, for tests
   * and demonstrations. Absent = the operator's setting; status.provider says which. Can't be changed.
   */
  readonly provider?: 'PersistentVolumeClaim' | 'Simulated'
  /**
   * How long it may wait in line when the pool is short, such as 10m or 24h; up to 8760h. 0s = it fails at once; a pool
   * whose books are in PostgreSQL takes nothing else. Can't be changed.
   */
  readonly waitFor: string
  /**
   * Who it is for, such as a user or a team. The limits per consumer of the pool's stocks, and the operator's limit of
   * storages per owner, count by it. Can be selected with --field-selector spec.owner=…. Can't be changed.
   */
  readonly owner?: string
  /**
   * Its rank when it waits for capacity; a higher one is served first, among equals the older one. Can't be changed.
   */
  readonly priority: number
  /** An id of yours that appears in events and logs as the correlation id. Can't be changed. */
  readonly requestId?: string
}

/** What became of it. Only the operator writes it. A backup must include it. */
export interface VirtualStorageStatus {
  /** The metadata.generation of the spec that this status speaks of. */
  readonly observedGeneration: number
  /**
   * How far it has come. Pending: nothing was asked for yet. Reserving: its capacity is asked for or waited for.
   * Allocating: the provider makes it. Allocated: it can be used; its volume is there, or comes with its first user.
   * Failed: it was given up, its capacity goes back. Deleting: it is being removed. Can be selected with
   * --field-selector status.phase=….
   */
  readonly phase: 'Pending' | 'Reserving' | 'Allocating' | 'Allocated' | 'Failed' | 'Deleting'
  /**
   * Why it is in this phase, in one word, such as WaitingForCapacity, NeverFits, PoolMissing, PoolAmbiguous, WrongUnit,
   * ClassUnknown, PolicyViolation, ProviderUnavailable, ProviderFailed, StorageLost or CapacityLost.
   */
  readonly reason: string
  /** Why it is in this phase, as a sentence with numbers. */
  readonly message: string
  /** What people call it, such as STOR-64DE90EF; made from metadata.uid and never another. */
  readonly storageId: string
  /**
   * The name of the Reservation, in the namespace of this storage, that has its capacity. Absent = it was not asked for
   * yet.
   */
  readonly reservation?: string
  /** The uid of that Reservation, once it has the capacity. Another one under its name is not this storage's. */
  readonly reservationUID?: string
  /** What makes it; settled with the first status. */
  readonly provider: 'PersistentVolumeClaim' | 'Simulated'
  /**
   * The object that stands for the storage at its provider, in the namespace of this storage. Absent = there is none.
   */
  readonly providerRef?: VirtualStorageStatusProviderRef
  /** Since when it is being allocated; only there while it is. */
  readonly allocatingSince?: string
  /** Since when it can be used. */
  readonly allocatedAt?: string
  /** The volume behind it. Absent = there is none yet. */
  readonly volume?: string
  /**
   * The VirtualMachine, in the namespace of this storage, that has it. It is written before the machine is made, and
   * taken away when the machine's provider has nothing of it any more; so long no other machine gets the storage, and
   * its deletion waits. Absent = none has it.
   */
  readonly attachedTo?: VirtualStorageStatusAttachedTo
  /** How often in a row its provider has failed to make it. Absent = never. */
  readonly tries?: number
  /** It is not tried again before this time. Absent = nothing is put off. */
  readonly nextTryAt?: string
  /**
   * What its capacity costs while it has it, one sum for each currency, by the prices of the pool's stocks when it was
   * reserved.
   */
  readonly cost?: readonly VirtualStorageStatusCost[]
  /** How many steps there were in all; the number of the last one in history. */
  readonly steps: number
  /** Up to which step every topic is known to have the events. */
  readonly published: number
  /** The last 16 steps, oldest first. Each is one event; none leaves this list before it was published. */
  readonly history: readonly VirtualStorageStatusHistory[]
  /**
   * CapacityReserved: its capacity is its own. Provisioned: the provider has it. Ready: it can be used. Deleting, only
   * while it is deleted and not gone: its reason says what it waits for (InUse, UsersUnseen, AwaitsProvider,
   * ProviderFailed, NotGivenBack), its time since when for that.
   */
  readonly conditions: readonly VirtualStorageStatusCondition[]
}

/** The object that stands for the storage at its provider, in the namespace of this storage. Absent = there is none. */
export interface VirtualStorageStatusProviderRef {
  /** The group and version of the object. */
  readonly apiVersion: string
  /** The kind of the object. */
  readonly kind: string
  /** The name of the object. */
  readonly name: string
}

/**
 * The VirtualMachine, in the namespace of this storage, that has it. It is written before the machine is made, and
 * taken away when the machine's provider has nothing of it any more; so long no other machine gets the storage, and its
 * deletion waits. Absent = none has it.
 */
export interface VirtualStorageStatusAttachedTo {
  /** The uid of the VirtualMachine. */
  readonly uid: string
  /** The name of the VirtualMachine. */
  readonly name: string
  /** What runs the machine. Absent = not written down. */
  readonly provider?: 'KubeVirt' | 'Simulated'
}

/** The cost in one currency. */
export interface VirtualStorageStatusCost {
  /** The amount per hour as a decimal number. */
  readonly hourly: string
  /** The currency as three capital letters. */
  readonly currency: string
}

/** One thing that happened to the storage. */
export interface VirtualStorageStatusHistory {
  /** When it happened. */
  readonly at: string
  /** What was done. */
  readonly operation: 'Request' | 'Reserve' | 'Provision' | 'Allocate' | 'Fail' | 'Delete'
  /** How it went. */
  readonly status: 'Succeeded' | 'Failed'
  /** What happened, as a sentence. */
  readonly message: string
}

/** One aspect of the present state. */
export interface VirtualStorageStatusCondition {
  /** The name of the condition. */
  readonly type: string
  /** Whether it holds. */
  readonly status: 'True' | 'False' | 'Unknown'
  /** Why, in one word. */
  readonly reason: string
  /** Why, in a sentence; may be empty. */
  readonly message: string
  /** When its status last changed. */
  readonly lastTransitionTime: string
  /** The metadata.generation of the spec that it speaks of. */
  readonly observedGeneration?: number
}
