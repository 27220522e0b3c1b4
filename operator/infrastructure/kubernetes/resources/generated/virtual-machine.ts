// Generated from crds/vmachines.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * VirtualMachine asks for a machine that runs on capacity of a pool. Its cores, memory and disk are reserved first, all
 * or nothing; then a provider makes it. Instead of a disk it may have VirtualStorages, which outlive it. Deleting it
 * removes the machine and gives the capacity back. Schema version 1.
 */
export interface VirtualMachine {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, VirtualMachine. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** What is asked for. Only people and their tools write it. All of it but runStrategy is settled at creation. */
  readonly spec: VirtualMachineSpec
  /** What became of it. Only the operator writes it. A backup must include it. */
  readonly status?: VirtualMachineStatus
}

/** What is asked for. Only people and their tools write it. All of it but runStrategy is settled at creation. */
export interface VirtualMachineSpec {
  /** How many cores. They come from the pool's stock of cpu, whose unit is vCPU. Can't be changed for now. */
  readonly cpu: number
  /**
   * How much memory, such as 512Mi, 8Gi or 1Ti. It comes from the pool's stock of memory, whose unit is GiB, rounded up
   * to whole GiB. Can't be changed for now.
   */
  readonly memory: string
  /**
   * How much disk, such as 20Gi or 1Ti. It comes from the pool's stock of disk, whose unit is GiB, rounded up to whole
   * GiB. A machine has either this or storages. Can't be changed for now.
   */
  readonly disk?: string
  /**
   * The VirtualStorages of its namespace that are its disks, in this order, instead of a disk of its own: it boots from
   * the first. The machine waits until each is Allocated and no other machine has it, has them alone as long as it
   * lives, and takes no disk of its pool. They stay when it is deleted. Can't be changed for now.
   */
  readonly storages?: readonly VirtualMachineSpecStorage[]
  /**
   * The network that it is on, with an address of its own. Absent = the provider's usual one. Can't be changed for now.
   */
  readonly network?: VirtualMachineSpecNetwork
  /**
   * What it starts from; with KubeVirt the reference of a container disk, such as quay.io/containerdisks/fedora:41.
   * Which ones are allowed is a setting of the operator. KubeVirt makes no machine without one. Can't be changed for
   * now.
   */
  readonly image?: string
  /**
   * The pool that its capacity comes from: the VirtualStocks with the label kbnt.io/pool of this value and the label
   * kbnt.io/resource cpu, memory or disk. Can be selected with --field-selector spec.pool=…. Can't be changed.
   */
  readonly pool: string
  /**
   * The namespace of the pool's stocks; "" = that of this machine. Stocks of another namespace must name this one in
   * their spec.allowedNamespaces. Can't be changed.
   */
  readonly poolNamespace: string
  /**
   * What makes and runs it. KubeVirt: a real machine. Simulated: nothing but this object, for tests and demonstrations.
   * Absent = the operator's setting; status.provider says which. Can't be changed.
   */
  readonly provider?: 'KubeVirt' | 'Simulated'
  /**
   * When it runs. Always: started again whenever it is off. RerunOnFailure: started again only after a failure. Halted:
   * stopped; it keeps its capacity.
   */
  readonly runStrategy: 'Always' | 'RerunOnFailure' | 'Halted'
  /**
   * How long it may wait in line when the pool is short, such as 10m or 24h; up to 8760h. 0s = it fails at once; a pool
   * whose books are in PostgreSQL takes nothing else. Can't be changed.
   */
  readonly waitFor: string
  /**
   * Who it is for, such as a user or a team. The limits per consumer of the pool's stocks, and the operator's limit of
   * machines per owner, count by it. Can be selected with --field-selector spec.owner=…. Can't be changed.
   */
  readonly owner?: string
  /**
   * Its rank when it waits for capacity; a higher one is served first, among equals the older one. Can't be changed.
   */
  readonly priority: number
  /** An id of yours that appears in events and logs as the correlation id. Can't be changed. */
  readonly requestId?: string
}

/** One of them. */
export interface VirtualMachineSpecStorage {
  /** The name of a VirtualStorage in the namespace of this machine. */
  readonly name: string
}

/**
 * The network that it is on, with an address of its own. Absent = the provider's usual one. Can't be changed for now.
 */
export interface VirtualMachineSpecNetwork {
  /**
   * A VirtualNetwork, such as blue, or of another namespace that shares it, networks/blue; the machine waits until it
   * is Active. Where there is none of this name within 5 s after the machine was made, the provider's own network of
   * this name.
   */
  readonly name: string
}

/** What became of it. Only the operator writes it. A backup must include it. */
export interface VirtualMachineStatus {
  /** The metadata.generation of the spec that this status speaks of. */
  readonly observedGeneration: number
  /**
   * How far it has come. Pending: nothing was asked for yet. Reserving: its capacity is asked for or waited for.
   * Provisioning: the provider makes or starts it. Running: it runs. Stopped: it is off and keeps its capacity. Failed:
   * it was given up, its capacity goes back. Deleting: it is being removed. Can be selected with --field-selector
   * status.phase=….
   */
  readonly phase: 'Pending' | 'Reserving' | 'Provisioning' | 'Running' | 'Stopped' | 'Failed' | 'Deleting'
  /**
   * Why it is in this phase, in one word, such as WaitingForCapacity, NeverFits, PoolMissing, PoolAmbiguous, WrongUnit,
   * PolicyViolation, NetworkNotActive, AddressesExhausted, StorageNotReady, StorageInUse, ProviderUnavailable,
   * ProviderFailed or CapacityLost.
   */
  readonly reason: string
  /** Why it is in this phase, as a sentence with numbers. */
  readonly message: string
  /** What people call it, such as VM-0909A693; made from metadata.uid and never another. */
  readonly machineId: string
  /**
   * The name of the Reservation, in the namespace of this machine, that has its capacity. Absent = it was not asked for
   * yet.
   */
  readonly reservation?: string
  /** The uid of that Reservation, once it has the capacity. Another one under its name is not this machine's. */
  readonly reservationUID?: string
  /** What makes and runs it; settled with the first status. */
  readonly provider: 'KubeVirt' | 'Simulated'
  /**
   * The object that stands for the machine at its provider, in the namespace of this machine. Absent = there is none.
   */
  readonly providerRef?: VirtualMachineStatusProviderRef
  /** The VirtualNetwork that it is on, and its address there, which no other machine has. Absent = it is on none. */
  readonly network?: VirtualMachineStatusNetwork
  /**
   * The VirtualStorages that it was made with, which no other machine has, in the order of its spec. Absent = it has
   * none.
   */
  readonly storages?: readonly VirtualMachineStatusStorage[]
  /** Where it can be reached while it runs. */
  readonly endpoints?: readonly VirtualMachineStatusEndpoint[]
  /** Since when it has been booting; only there while it does. */
  readonly bootingSince?: string
  /** How long it took to boot, the last time that it did. */
  readonly bootTimeSeconds?: number
  /** Since when it has been running, or when it was last started. */
  readonly startedAt?: string
  /** How often in a row its provider has failed to make it. Absent = never. */
  readonly tries?: number
  /** It is not tried again before this time. Absent = nothing is put off. */
  readonly nextTryAt?: string
  /** How often it came back after it had run. Absent = never. */
  readonly restarts?: number
  /**
   * What its capacity costs while it has it, one sum for each currency, by the prices of the pool's stocks when it was
   * reserved.
   */
  readonly cost?: readonly VirtualMachineStatusCost[]
  /** How many steps there were in all; the number of the last one in history. */
  readonly steps: number
  /** Up to which step every topic is known to have the events. */
  readonly published: number
  /** The last 16 steps, oldest first. Each is one event; none leaves this list before it was published. */
  readonly history: readonly VirtualMachineStatusHistory[]
  /**
   * CapacityReserved: its capacity is its own. Provisioned: the provider has made it. Running: it runs. Ready: it runs
   * and can be used. AddressNotManaged, only where it is so: its guest reports addresses, and the one that it was given
   * on its network is none of them. Deleting, only while it is deleted and not gone: its reason says what it waits for
   * (AwaitsProvider, ProviderFailed, NotGivenBack), its time since when for that.
   */
  readonly conditions: readonly VirtualMachineStatusCondition[]
}

/** The object that stands for the machine at its provider, in the namespace of this machine. Absent = there is none. */
export interface VirtualMachineStatusProviderRef {
  /** The group and version of the object. */
  readonly apiVersion: string
  /** The kind of the object. */
  readonly kind: string
  /** The name of the object. */
  readonly name: string
}

/** The VirtualNetwork that it is on, and its address there, which no other machine has. Absent = it is on none. */
export interface VirtualMachineStatusNetwork {
  /** The namespace of the VirtualNetwork. */
  readonly namespace: string
  /** The name of the VirtualNetwork. */
  readonly name: string
  /** The uid of the VirtualNetwork. */
  readonly uid: string
  /**
   * Its address. With KubeVirt the guest is told by cloud-init at its first start; an image without cloud-init has to
   * be told otherwise.
   */
  readonly address: string
}

/** One of them. */
export interface VirtualMachineStatusStorage {
  /** The name of the VirtualStorage, in the namespace of this machine. */
  readonly name: string
  /** The uid of the VirtualStorage. */
  readonly uid: string
}

/** One way to reach it. */
export interface VirtualMachineStatusEndpoint {
  /** What answers there, such as ssh. */
  readonly name: string
  /** Its address or host name. */
  readonly address: string
  /** Its port. */
  readonly port: number
}

/** The cost in one currency. */
export interface VirtualMachineStatusCost {
  /** The amount per hour as a decimal number. */
  readonly hourly: string
  /** The currency as three capital letters. */
  readonly currency: string
}

/** One thing that happened to the machine. */
export interface VirtualMachineStatusHistory {
  /** When it happened. */
  readonly at: string
  /** What was done. */
  readonly operation: 'Request' | 'Reserve' | 'Provision' | 'Run' | 'Stop' | 'Fail' | 'Delete'
  /** How it went. */
  readonly status: 'Succeeded' | 'Failed'
  /** What happened, as a sentence. */
  readonly message: string
}

/** One aspect of the present state. */
export interface VirtualMachineStatusCondition {
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
