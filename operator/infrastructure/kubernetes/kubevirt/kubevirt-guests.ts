import { childNameOf, type ResourceIdentity } from '../../../domain/resource/resource.ts'
import type { Kubevirt } from './kubevirt-objects.ts'

/** A network, and the namespaces beside its own whose machines may be on it. */
export interface NetworkSeat extends ResourceIdentity {
  readonly sharedWith?: readonly string[] | undefined
}

interface Attachment {
  readonly multus?: { readonly networkName?: string }
}

/** Where a machine says on which networks it is, and where an instance does. */
interface Guest {
  readonly networks?: readonly Attachment[]
  readonly template?: { readonly spec?: Guest }
}

/**
 * The machines and instances with our label on the NetworkAttachmentDefinition of a network, also of VirtualMachines that
 * are gone, in words; undefined = none. `ready` says why those of a namespace are not all seen.
 */
export async function guestsOn(
  { seen }: Pick<Kubevirt, 'seen'>,
  network: NetworkSeat,
  ready: (namespace: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  for (const namespace of [network.namespace, ...(network.sharedWith ?? [])]) {
    const unseen = await ready(namespace)
    if (unseen !== undefined) return unseen
  }
  const definition = childNameOf(network)
  const [found] = [...seen.machines.list(), ...seen.instances.list()].filter(({ metadata, ...guest }) => {
    const names = networksOf((guest as { readonly spec?: Guest }).spec ?? {})
    const isBeside = metadata.namespace === network.namespace && names.includes(definition)
    return isBeside || names.includes(`${network.namespace}/${definition}`)
  })
  return found && `KubeVirt machine ${found.metadata.namespace}/${found.metadata.name} is still on it`
}

function networksOf({ networks, template }: Guest): readonly (string | undefined)[] {
  return (networks ?? template?.spec?.networks ?? []).map(({ multus }) => multus?.networkName)
}
