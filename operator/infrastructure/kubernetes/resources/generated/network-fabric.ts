// Generated from crds/networkfabrics.kbnt.io.yaml by `npm run generate`; do not edit.
// The types are of stored objects: a field with a default in the schema is always there.

import type { ObjectMetadata } from '../../kubernetes-object.ts'

/**
 * NetworkFabric is the book of one fabric: which VirtualNetwork has which vlan and which range of addresses on it.
 * Internal: the operator keeps it in its own namespace. Do not delete it by hand: until the operator has written it
 * again two networks may get the same, and it takes the parent that the settings name then, to which networks that are
 * in use move. Schema version 1.
 */
export interface NetworkFabric {
  /** The version of the schema that this object is written in, kbnt.io/v1beta1. */
  readonly apiVersion?: string
  /** What kind of object this is, NetworkFabric. */
  readonly kind?: string
  readonly metadata: ObjectMetadata
  /** What is claimed, and who keeps the book. Only the operator writes it. */
  readonly spec: NetworkFabricSpec
}

/** What is claimed, and who keeps the book. Only the operator writes it. */
export interface NetworkFabricSpec {
  /** The operator that keeps this book, by the namespace and the name of its lease. */
  readonly install: string
  /**
   * What those of the claims that are real were made on. It follows the settings only while there are none. Absent in
   * books of before this was written, and then as the settings say.
   */
  readonly underlay?: NetworkFabricSpecUnderlay
  /** What each network has. */
  readonly claims: readonly NetworkFabricSpecClaim[]
}

/**
 * What those of the claims that are real were made on. It follows the settings only while there are none. Absent in
 * books of before this was written, and then as the settings say.
 */
export interface NetworkFabricSpecUnderlay {
  /** The CNI plugin. */
  readonly kind: 'bridge' | 'vlan'
  /** The bridge or the interface of the nodes. Absent = nothing real can be made. */
  readonly parent?: string
}

/** What one network has. */
export interface NetworkFabricSpecClaim {
  /** The uid of the VirtualNetwork. */
  readonly uid: string
  /** The namespace of the VirtualNetwork. */
  readonly namespace: string
  /** The name of the VirtualNetwork. */
  readonly name: string
  /** Its number on the fabric. */
  readonly vlan: number
  /** Its range of addresses, in the one spelling that is compared. */
  readonly cidr: string
  /** Who makes it. Absent in claims of before this was written. */
  readonly provider?: 'NetworkAttachmentDefinition' | 'Simulated'
  /**
   * The namespaces whose machines may be on it, beside its own. Absent where they are more than 16, and in claims of
   * before this was written: then it may be those of any namespace.
   */
  readonly sharedWith?: readonly string[]
}
