import type { KubernetesObject } from '../kubernetes-object.ts'
import type { Resource } from '../resource-client.ts'

const served = { group: 'kubevirt.io', version: 'v1', namespaced: true } as const

export const kubevirtMachines: Resource = { ...served, plural: 'virtualmachines' }
export const kubevirtInstances: Resource = { ...served, plural: 'virtualmachineinstances' }

export interface KubevirtCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string | null
}

/** KubeVirt's VirtualMachine, as far as it is read here. */
export interface KubevirtMachine extends KubernetesObject {
  readonly spec: { readonly runStrategy?: string; readonly [field: string]: unknown }
  readonly status?: {
    readonly ready?: boolean
    readonly created?: boolean
    /** For people; the only place that tells a stopped machine from one that is still to start. */
    readonly printableStatus?: string
    /** The last one that KubeVirt has acted on. */
    readonly runStrategy?: string
    readonly stateChangeRequests?: readonly unknown[]
    readonly conditions?: readonly KubevirtCondition[]
  }
}

export interface KubevirtInterface {
  readonly name?: string
  readonly ipAddress?: string
  readonly ipAddresses?: readonly string[]
  /** Who has told of it, by commas: `domain`, `guest-agent`, `multus-status`; absent in versions of before. */
  readonly infoSource?: string
}

/** KubeVirt's VirtualMachineInstance: there while the machine is on; it has its machine's name. */
export interface KubevirtInstance extends KubernetesObject {
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly KubevirtCondition[]
    readonly interfaces?: readonly KubevirtInterface[]
  }
}
