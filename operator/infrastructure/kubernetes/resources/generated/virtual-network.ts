// Generated from crds/vnetworks.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * VirtualNetwork asks for a network of its own on a fabric: a vlan that no other has there, and a range of addresses
 * that overlaps no other's. Both are claimed first; then a provider makes it. Schema version 1.
 */
export interface VirtualNetwork {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, VirtualNetwork. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** What is asked for. Only people and their tools write it. All of it but namespaces is settled at creation. */
  readonly spec: VirtualNetworkSpec
  /** What became of it. Only the operator writes it. A backup must include it. */
  readonly status?: VirtualNetworkStatus
}

/** What is asked for. Only people and their tools write it. All of it but namespaces is settled at creation. */
export interface VirtualNetworkSpec {
  /**
   * Its range of addresses, such as 10.20.0.0/24 or fd00:20::/64; of IPv4 from /8 to /29, of IPv6 from /32 to /125. It
   * may overlap no other's of its fabric. Can't be changed.
   */
  readonly cidr: string
  /**
   * Its number on its fabric, one that the operator's settings allow there. No other network of the fabric may have it.
   * Can't be changed.
   */
  readonly vlan: number
  /**
   * What it is made on: one of those that the operator's settings describe under networks.fabrics. Can be selected with
   * --field-selector spec.fabric=…. Can't be changed.
   */
  readonly fabric: string
  /**
   * The namespaces whose machines may use it, beside its own. One that is taken off keeps the machines that it has on
   * it.
   */
  readonly namespaces: readonly string[]
  /**
   * What makes it. NetworkAttachmentDefinition: a network of the cluster for Multus. Simulated: nothing but this
   * object, for tests and demonstrations. Absent = the operator's setting; status.provider says which. Can't be
   * changed.
   */
  readonly provider?: 'NetworkAttachmentDefinition' | 'Simulated'
  /** Who it is for, such as a user or a team. Can be selected with --field-selector spec.owner=…. Can't be changed. */
  readonly owner?: string
  /** An id of yours that appears in events and logs as the correlation id. Can't be changed. */
  readonly requestId?: string
}

/** What became of it. Only the operator writes it. A backup must include it. */
export interface VirtualNetworkStatus {
  /** The metadata.generation of the spec that this status speaks of. */
  readonly observedGeneration: number
  /**
   * How far it has come. Pending: something is missing that may come. Active: it can be used. Failed: it was refused,
   * its message says why. Deleting: it is being removed. Can be selected with --field-selector status.phase=….
   */
  readonly phase: 'Pending' | 'Active' | 'Failed' | 'Deleting'
  /**
   * Why it is in this phase, in one word: Active, CidrInvalid, FabricUnknown, FabricNotShared, OutOfRange, VlanTaken,
   * CidrTaken, FabricFull, FabricTaken, FabricUnseen, Claimed, ProviderUnavailable, ProviderFailed, Deleting or
   * Deleted.
   */
  readonly reason: string
  /** Why it is in this phase, as a sentence with numbers. */
  readonly message: string
  /** What people call it, such as NET-7AE8FF2D; made from metadata.uid and never another. */
  readonly networkId: string
  /** What makes it; settled with the first status. */
  readonly provider: 'NetworkAttachmentDefinition' | 'Simulated'
  /** Its range of addresses in the one spelling that fabrics compare. Absent = it has none of its own. */
  readonly cidr?: string
  /** How many addresses it has for machines. Absent = its range is not its own. */
  readonly addresses?: VirtualNetworkStatusAddresses
  /**
   * Which machine has which address; no two have the same. One is given before the machine is made, and given back when
   * its provider has nothing of it any more. Absent = none has one.
   */
  readonly allocations?: readonly VirtualNetworkStatusAllocation[]
  /**
   * The object that stands for the network at its provider, in the namespace of this network. Absent = there is none.
   */
  readonly providerRef?: VirtualNetworkStatusProviderRef
  /** Since when it can be used. */
  readonly activeAt?: string
  /** How often in a row its provider has failed to make it. Absent = never. */
  readonly tries?: number
  /** It is not tried again before this time. Absent = nothing is put off. */
  readonly nextTryAt?: string
  /** How many steps there were in all; the number of the last one in history. */
  readonly steps: number
  /** Up to which step every topic is known to have the events. */
  readonly published: number
  /** The last 16 steps, oldest first. Each is one event; none leaves this list before it was published. */
  readonly history: readonly VirtualNetworkStatusHistory[]
  /**
   * Claimed: its vlan and its range are its own on its fabric. Provisioned: the provider has it. Ready: it can be used.
   * Deleting, only while it is deleted and not gone: its reason says what it waits for (InUse, UsersUnseen,
   * AwaitsProvider, ProviderFailed, NotGivenBack), its time since when for that.
   */
  readonly conditions: readonly VirtualNetworkStatusCondition[]
}

/** How many addresses it has for machines. Absent = its range is not its own. */
export interface VirtualNetworkStatusAddresses {
  /** How many machines may have one: all of its range but the first two and the last, 1024 at most. */
  readonly total: number
  /** How many machines have one. */
  readonly used: number
}

/** The address of one machine. */
export interface VirtualNetworkStatusAllocation {
  /** The uid of the VirtualMachine. */
  readonly uid: string
  /** The namespace of the VirtualMachine. */
  readonly namespace: string
  /** The name of the VirtualMachine. */
  readonly name: string
  /** Its address, in the one spelling that is compared. */
  readonly address: string
  /** What runs the machine. Absent = not written down. */
  readonly provider?: 'KubeVirt' | 'Simulated'
}

/** The object that stands for the network at its provider, in the namespace of this network. Absent = there is none. */
export interface VirtualNetworkStatusProviderRef {
  /** The group and version of the object. */
  readonly apiVersion: string
  /** The kind of the object. */
  readonly kind: string
  /** The name of the object. */
  readonly name: string
}

/** One thing that happened to the network. */
export interface VirtualNetworkStatusHistory {
  /** When it happened. */
  readonly at: string
  /** What was done. */
  readonly operation: 'Request' | 'Claim' | 'Activate' | 'Fail' | 'Delete'
  /** How it went. */
  readonly status: 'Succeeded' | 'Failed'
  /** What happened, as a sentence. */
  readonly message: string
}

/** One aspect of the present state. */
export interface VirtualNetworkStatusCondition {
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
