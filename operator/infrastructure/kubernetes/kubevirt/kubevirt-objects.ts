import { childNameOf, type ResourceIdentity } from '../../../domain/resource/resource.ts'
import { ifThere } from '../api-error.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import { isOf, isUnmarked, unmarkedWords } from '../providers/lost-marks.ts'
import type { ProvidedCache } from '../providers/provided-objects.ts'
import type { ResourceClient } from '../resource-client.ts'
import { machineMarks } from '../resources/resource-capacity.ts'
import type { KubevirtStorage } from './build-kubevirt-machine.ts'
import type { KubevirtInstance, KubevirtMachine } from './kubevirt-resources.ts'

/** KubeVirt's objects of our machines, as they are stored and as they were seen. */
export interface Kubevirt {
  readonly machines: ResourceClient<KubevirtMachine>
  readonly instances: ResourceClient<KubevirtInstance>
  readonly seen: {
    readonly machines: Pick<ProvidedCache<KubevirtMachine>, 'get' | 'list'>
    readonly instances: Pick<ProvidedCache<KubevirtInstance>, 'get' | 'list'>
  }
  readonly storage: KubevirtStorage
}

/** What to do about one that says nothing of whose it is. */
export function unmarked(machine: ResourceIdentity): string {
  return unmarkedWords(`KubeVirt machine ${childNameOf(machine)}`, machineMarks, machine)
}

/** One that is this machine's; undefined = there is none, or it is somebody else's. */
export function own<T extends KubernetesObject>(object: T | undefined, machine: ResourceIdentity): T | undefined {
  return object && isOf(object, machineMarks, machine) ? object : undefined
}

/** Whether one is there that is not known to be this machine's, and may be. */
export function isUnclear(object: KubernetesObject | undefined, machine: ResourceIdentity): boolean {
  return object !== undefined && !own(object, machine) && isUnmarked(object, machineMarks)
}

/** From the server itself: a watch that lags would have us give the capacity of a running machine away. */
export async function read<T>(
  client: ResourceClient<T & KubernetesObject>,
  machine: ResourceIdentity,
): Promise<T | undefined> {
  return (await ifThere(client.get(machine.namespace, childNameOf(machine))))?.body
}

export function keyFor(machine: ResourceIdentity): string {
  return `${machine.namespace}/${childNameOf(machine)}`
}
