import type { Fabric } from '../../../domain/network/fabric.ts'
import type { Network } from '../../../domain/network/network.ts'
import { childNameOf } from '../../../domain/resource/resource.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { Resource } from '../resource-client.ts'
import { networkMarks } from '../resources/virtual-networks.ts'

export const attachmentDefinitions: Resource = {
  group: 'k8s.cni.cncf.io',
  version: 'v1',
  plural: 'network-attachment-definitions',
  namespaced: true,
}

/** What Multus attaches pods and machines to. */
export interface AttachmentDefinition extends KubernetesObject {
  /** A CNI configuration, JSON. */
  readonly spec: { readonly config: string }
}

/** A fabric on which something can be made. */
export type RealFabric = Fabric & { readonly parent: string }

/**
 * The definition for a network: the same each time, and nothing of it but numbers and names of our own is anybody's but
 * the settings'. It has no owner: deletion in the foreground would take it from machines that are on it.
 */
export function buildAttachmentDefinition(network: Network, fabric: RealFabric): AttachmentDefinition {
  const { namespace, name, uid } = network
  return {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: {
      namespace,
      name: childNameOf(network),
      labels: { [networkMarks.uid]: uid },
      annotations: { [networkMarks.name]: name },
    },
    spec: { config: JSON.stringify(configOf(network, fabric)) },
  }
}

/**
 * A bridge hands out no addresses: machines bring their own. The plugin vlan attaches nobody without one, so pods name
 * theirs in the annotation by which they ask for the network.
 */
function configOf(network: Network, { kind, parent }: RealFabric): object {
  const common = { cniVersion: '0.3.1', name: childNameOf(network), type: kind }
  const { vlan } = network.spec
  return kind === 'bridge'
    ? { ...common, bridge: parent, vlan, ipam: {} }
    : { ...common, master: parent, vlanId: vlan, capabilities: { ips: true }, ipam: { type: 'static' } }
}
