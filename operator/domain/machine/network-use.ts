import type { Network } from '../network/network.ts'
import { isTrue, type ResourceIdentity } from '../resource/resource.ts'
import type { ProviderName } from './machine.ts'
import type { OwnMachineReason } from './machine-reasons.ts'

/** Why a machine can't have something. */
export interface Hindrance {
  readonly reason: OwnMachineReason
  readonly message: string
}

/** A machine that wants to be on a network. */
export interface NetworkUser {
  readonly namespace: string
  readonly provider: ProviderName
}

/** Of a network `name` or `namespace/name`, as machines write it. */
export function namedNetwork(written: string, ownNamespace: string): Pick<ResourceIdentity, 'namespace' | 'name'> {
  const [first = '', second] = written.split('/')
  return second === undefined ? { namespace: ownNamespace, name: first } : { namespace: first, name: second }
}

/** What is against a new machine on a network as it is now; undefined = nothing. `plugin`: what pods are put on it with. */
export function networkAgainst(
  network: Network,
  user: NetworkUser,
  plugin: 'bridge' | 'vlan' | undefined,
): Hindrance | undefined {
  const { namespace, name, spec, status, deletingSince } = network
  const named = `network ${namespace}/${name}`
  if (namespace !== user.namespace && !spec.namespaces.includes(user.namespace))
    return {
      reason: 'NetworkNotShared',
      message: `${named} is not for machines of namespace ${user.namespace}; its spec.namespaces would have to name it`,
    }
  if (deletingSince !== undefined) return { reason: 'NetworkNotActive', message: `${named} is being deleted` }
  if (status?.phase !== 'Active' || !isTrue(status, 'Ready')) {
    const why = status ? `${status.phase} (${status.reason}): ${status.message}` : 'not looked at yet'
    return { reason: 'NetworkNotActive', message: `${named} is ${why}` }
  }
  return user.provider === 'KubeVirt' ? unreal(network, plugin) : undefined
}

/** KubeVirt puts machines on networks of Multus, and names no addresses to its plugins. */
function unreal(
  { namespace, name, spec, status }: Network,
  plugin: 'bridge' | 'vlan' | undefined,
): Hindrance | undefined {
  const named = `network ${namespace}/${name}`
  if (status?.provider === 'Simulated')
    return { reason: 'NetworkUnsuited', message: `${named} is simulated: no machine of KubeVirt can be on it` }
  if (plugin === 'vlan')
    return {
      reason: 'NetworkUnsuited',
      message: `${named} is on fabric ${spec.fabric} of kind vlan: machines of KubeVirt need one of kind bridge`,
    }
  return undefined
}
