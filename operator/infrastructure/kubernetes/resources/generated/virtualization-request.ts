// Generated from crds/vrequests.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * VirtualizationRequest is one message that asks for a resource, or for the end of one, and what became of it. Deleting
 * it ends nothing: its resource stays. Schema version 1.
 */
export interface VirtualizationRequest {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, VirtualizationRequest. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** The message. Nothing of it can be changed; send another one. */
  readonly spec: VirtualizationRequestSpec
  /** What became of it. Only the operator writes it. A backup must include it. */
  readonly status?: VirtualizationRequestStatus
}

/** The message. Nothing of it can be changed; send another one. */
export interface VirtualizationRequestSpec {
  /**
   * The id of the message, the same whenever it is delivered. Can be selected with --field-selector spec.messageId=….
   */
  readonly messageId: string
  /** An id of the sender's that appears in events and logs, the resource's too. Absent = messageId. */
  readonly correlationId?: string
  /** When the sender wrote the message, by its own clock. Nothing is decided by it. */
  readonly timestamp?: string
  /**
   * What is asked for: CREATE_VIRTUAL_MACHINE, CREATE_VIRTUAL_STORAGE or CREATE_VIRTUAL_NETWORK, or the end of one with
   * DELETE_ instead. A request of another type fails with the reason TypeNotServed.
   */
  readonly messageType: string
  /** What exactly is asked for, and by whom. */
  readonly payload: VirtualizationRequestSpecPayload
  /** What others have done with the message before; status.history begins with it. */
  readonly processingHistory?: readonly VirtualizationRequestSpecProcessingHistory[]
}

/** What exactly is asked for, and by whom. */
export interface VirtualizationRequestSpecPayload {
  /**
   * The sender's name for the resource, which is called the same in small letters, digits and -. Absent = it is called
   * by its type and messageId.
   */
  readonly virtualResourceId?: string
  /** The sender's word for the kind of resource. messageType alone decides. */
  readonly resourceType?: string
  /**
   * Who asks; the resource's owner, whose limits count. Can be selected with --field-selector spec.payload.userId=….
   */
  readonly userId: string
  /**
   * The resource's rank when it waits for capacity; a higher one is served first. Networks never wait for any. Absent =
   * 0.
   */
  readonly priority?: number
  /**
   * The namespace that it is meant for. A request acts in its own only and fails with the reason WrongNamespace when
   * this is another one. Absent = its own.
   */
  readonly namespace?: string
  /**
   * To create a machine: cpu, memory, disk and pool; a storage: size and pool; a network: cidr and vlan; and what else
   * the spec of that kind may say. What that refuses, or has not, fails with the reason InvalidSpecification. To delete
   * one: originalMessageId or uid.
   */
  readonly specification: VirtualizationRequestSpecPayloadSpecification
}

/**
 * To create a machine: cpu, memory, disk and pool; a storage: size and pool; a network: cidr and vlan; and what else
 * the spec of that kind may say. What that refuses, or has not, fails with the reason InvalidSpecification. To delete
 * one: originalMessageId or uid.
 */
export interface VirtualizationRequestSpecPayloadSpecification {
  /** As spec.cpu of a VirtualMachine. */
  readonly cpu?: number
  /** As spec.memory of a VirtualMachine. */
  readonly memory?: string
  /** As spec.disk of a VirtualMachine. */
  readonly disk?: string
  /** As spec.network of a VirtualMachine. */
  readonly network?: VirtualizationRequestSpecPayloadSpecificationNetwork
  /** As spec.image of a VirtualMachine. */
  readonly image?: string
  /** As spec.pool of a VirtualMachine or a VirtualStorage. */
  readonly pool?: string
  /** As spec.poolNamespace of a VirtualMachine or a VirtualStorage. */
  readonly poolNamespace?: string
  /** As spec.provider of its kind. */
  readonly provider?: string
  /** As spec.runStrategy of a VirtualMachine. */
  readonly runStrategy?: string
  /** As spec.waitFor of a VirtualMachine or a VirtualStorage. */
  readonly waitFor?: string
  /** As spec.size of a VirtualStorage. */
  readonly size?: string
  /** As spec.class of a VirtualStorage. */
  readonly class?: string
  /** As spec.iops of a VirtualStorage. */
  readonly iops?: number
  /** As spec.reclaim of a VirtualStorage. */
  readonly reclaim?: string
  /** As spec.cidr of a VirtualNetwork. */
  readonly cidr?: string
  /** As spec.vlan of a VirtualNetwork. */
  readonly vlan?: number
  /** As spec.fabric of a VirtualNetwork. */
  readonly fabric?: string
  /** As spec.namespaces of a VirtualNetwork. */
  readonly namespaces?: readonly string[]
  /** To delete what was made for the request with this messageId. */
  readonly originalMessageId?: string
  /** To delete the resource with this metadata.uid, whoever has made it. */
  readonly uid?: string
}

/** As spec.network of a VirtualMachine. */
export interface VirtualizationRequestSpecPayloadSpecificationNetwork {
  /** As spec.network.name of a VirtualMachine. */
  readonly name: string
}

/** One thing that was done with the message. */
export interface VirtualizationRequestSpecProcessingHistory {
  /** Who did it. */
  readonly service: string
  /** What was done. */
  readonly operation: string
  /** How it went. */
  readonly status: string
  /** When it happened. */
  readonly at: string
}

/** What became of it. Only the operator writes it. A backup must include it. */
export interface VirtualizationRequestStatus {
  /** The metadata.generation of the spec that this status speaks of. */
  readonly observedGeneration: number
  /**
   * How far it has come. Queued: it is known, its resource is not there. Accepted: its resource is there and waits for
   * capacity, or was found. Working: it is being made, or removed. Completed: it is as was asked for. Failed: it won't
   * be. The last two are for good. Can be selected with --field-selector status.phase=….
   */
  readonly phase: 'Queued' | 'Accepted' | 'Working' | 'Completed' | 'Failed'
  /** Why it is in this phase, in one word: of the request's own, or as its resource says. */
  readonly reason: 'ResourceRefused' | 'ResourceCreated' | 'WaitingForTarget' | 'TargetFound' | 'RemovalRefused' | 'Removing' | 'RemovalSlow' | 'Removed' | 'TypeNotServed' | 'InvalidSpecification' | 'WrongNamespace' | 'NameTaken' | 'ResourceNotFound' | 'ResourceGone' | 'ResourceFailed' | 'HinderedTooLong' | 'Withdrawn' | 'NotHeld' | 'PoolMissing' | 'PoolAmbiguous' | 'WrongUnit' | 'ProviderUnavailable' | 'ReservationRefused' | 'ReservationNotOwn' | 'PolicyViolation' | 'Reserving' | 'WaitingForCapacity' | 'CapacityUnconfirmed' | 'CapacityLost' | 'ProviderFailed' | 'Deleting' | 'Deleted' | 'NetworkMissing' | 'NetworkUnseen' | 'NetworkNotShared' | 'NetworkNotActive' | 'NetworkUnsuited' | 'AddressesExhausted' | 'AddressTaken' | 'StorageNotFound' | 'StorageUnseen' | 'StorageNotReady' | 'StorageInUse' | 'StorageUnsuited' | 'Starting' | 'Running' | 'Halted' | 'ShutDown' | 'ClassUnknown' | 'Allocating' | 'Allocated' | 'WaitingForFirstConsumer' | 'StorageLost' | 'CidrInvalid' | 'FabricUnknown' | 'FabricNotShared' | 'OutOfRange' | 'VlanTaken' | 'CidrTaken' | 'FabricFull' | 'FabricTaken' | 'FabricMoved' | 'FabricUnseen' | 'Claimed' | 'Active' | 'Reserved' | 'Confirmed' | 'ReleasedByClient' | 'HoldExpired' | 'ConfirmedTooLate' | 'WaitingForStock' | 'WaitTimedOut' | 'InsufficientStock' | 'NeverFits' | 'StockNotFound' | 'StockNotShared' | 'StockPaused' | 'StockTerminating' | 'StockGone' | 'StockBusy' | 'LimitPerReservation' | 'LimitPerConsumer' | 'WaitlistFull' | 'HoldTooLong' | 'WaitTooLong' | 'PriorityTooHigh' | 'NoWaitlist' | 'LedgersDiffer' | 'Undone'
  /** Why it is in this phase, as a sentence with numbers. */
  readonly message: string
  /** What was made for it, or what it ends. Absent = nothing was made or found. */
  readonly resource?: VirtualizationRequestStatusResource
  /** Its place among those that wait for capacity of the pool; exact for the first 20. Absent = it does not wait. */
  readonly queuePosition?: number
  /** How long what is under way mostly takes: half of the last boots took no longer. Absent = nobody knows. */
  readonly estimatedSeconds?: number
  /** Where the resource could be reached when the request was completed. */
  readonly endpoints?: readonly VirtualizationRequestStatusEndpoint[]
  /** Since when its resource is there, or found. */
  readonly startedAt?: string
  /** When it was completed, or has failed. */
  readonly completedAt?: string
  /** How many steps the operator has taken; the number of the last one in history. */
  readonly steps: number
  /** Up to which of them every topic is known to have the events. */
  readonly published: number
  /**
   * What was done with it, oldest first: before it was an object, then by the operator, whose steps are one event each.
   */
  readonly history: readonly VirtualizationRequestStatusHistory[]
  /**
   * Accepted: its resource is there, or was found. Hindered: something is against it that somebody has to change, as
   * the message says; it is tried again, and fails after requests.giveUpAfter of the settings. Completed: it is as was
   * asked for. Finished: it is over, completed or failed.
   */
  readonly conditions: readonly VirtualizationRequestStatusCondition[]
}

/** What was made for it, or what it ends. Absent = nothing was made or found. */
export interface VirtualizationRequestStatusResource {
  /** The kind of the object. */
  readonly kind: 'VirtualMachine' | 'VirtualStorage' | 'VirtualNetwork'
  /** The name of the object, which is in the namespace of this request. */
  readonly name: string
  /** What people call it, such as VM-0909A693. */
  readonly id: string
  /** The metadata.uid of the object; another one of the same name is not meant. */
  readonly uid: string
}

/** One way to reach it. */
export interface VirtualizationRequestStatusEndpoint {
  /** What answers there, such as ssh. */
  readonly name: string
  /** Its address or host name. */
  readonly address: string
  /** Its port. */
  readonly port: number
}

/** One thing that was done with it. */
export interface VirtualizationRequestStatusHistory {
  /** Who did it. */
  readonly service: string
  /** What was done. */
  readonly operation: string
  /** How it went. */
  readonly status: string
  /** When it happened. */
  readonly at: string
}

/** One aspect of the present state. */
export interface VirtualizationRequestStatusCondition {
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
