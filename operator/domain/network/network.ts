import type * as resource from '../resource/resource.ts'
import {
  type Resource,
  type ResourceCondition,
  type ResourceSpec,
  type ResourceStatus,
  resourceIdOf,
} from '../resource/resource.ts'
import type { AddressCount, Allocation } from './allocation.ts'

export type NetworkProviderName = 'NetworkAttachmentDefinition' | 'Simulated'

/** What networks are made on that name no fabric. */
export const USUAL_FABRIC = 'default'

/** What people ask for. All but `namespaces` is settled at creation. */
export interface NetworkSpec extends ResourceSpec {
  /** As written. */
  readonly cidr: string
  readonly vlan: number
  /** One that the settings of the operator describe. */
  readonly fabric: string
  /** Whose machines may use it beside those of its own namespace. */
  readonly namespaces: readonly string[]
  /** Absent = the operator's setting. */
  readonly provider?: NetworkProviderName
}

export type NetworkPhase = 'Pending' | 'Active' | 'Failed' | 'Deleting'

export type NetworkConditionType = 'Claimed' | 'Provisioned' | 'Ready' | 'Deleting'

/** `Fail` is the last of a network but for `Delete`, unless what was against it goes. */
export type NetworkOperation = 'Request' | 'Claim' | 'Activate' | 'Fail' | 'Delete'

export type NetworkStep = resource.Step<NetworkOperation>

export interface NetworkStatus extends ResourceStatus {
  readonly phase: NetworkPhase
  readonly networkId: string
  readonly provider: NetworkProviderName
  /** Its range in the one spelling by which fabrics compare; there while its vlan and its range are its own. */
  readonly cidr?: string
  /** Addresses for machines; there as long as `cidr` is. */
  readonly addresses?: AddressCount
  /** Which machine has which of them; absent = none has one. */
  readonly allocations?: readonly Allocation[]
  /** Since when it could be used. */
  readonly activeAt?: string
  readonly history: readonly NetworkStep[]
  readonly conditions: readonly ResourceCondition<NetworkConditionType>[]
}

/** One stored VirtualNetwork. */
export interface Network extends Resource {
  readonly spec: NetworkSpec
  readonly status?: NetworkStatus
}

/** `NET-7AE8FF2D`: what people call it, from the object's uid. */
export function networkIdOf(network: Pick<Network, 'uid'>): string {
  return resourceIdOf('NET', network)
}
