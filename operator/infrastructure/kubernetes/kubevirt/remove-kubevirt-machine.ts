import type { Removal } from '../../../application/resource/provider.ts'
import type { ResourceIdentity } from '../../../domain/resource/resource.ts'
import { isNotFound } from '../api-error.ts'
import { isUnmarked } from '../providers/provided-objects.ts'
import type { ResourceClient } from '../resource-client.ts'
import { machineMarks } from '../resources/resource-capacity.ts'
import { type Kubevirt, keyFor, own, read, unmarked } from './kubevirt-objects.ts'
import type { KubevirtInstance, KubevirtMachine } from './kubevirt-resources.ts'

const UNSEEN_RECHECK_MS = 1_000
/** Somebody has to say first whose it is. */
const UNMARKED_RECHECK_MS = 10_000

/** Takes a machine away. `had`: whether there may be one, so that what is not marked may be it. */
export async function removeMachine(kubevirt: Kubevirt, machine: ResourceIdentity, had: boolean): Promise<Removal> {
  const [there, on] = await Promise.all([read(kubevirt.machines, machine), read(kubevirt.instances, machine)])
  const found = own(there, machine)
  if (had && !found && isUnclear(there))
    return { kind: 'going', message: unmarked(machine), recheckAfterMs: UNMARKED_RECHECK_MS, isRefused: true }
  const instance = !there && had && isUnlabelled(on) ? on : own(on, machine)
  if (found === undefined)
    return instance === undefined ? { kind: 'gone' } : going(kubevirt, machine, 'instance', instance)
  if (found.metadata.deletionTimestamp === undefined) await deleteOnce(kubevirt.machines, found)
  return going(kubevirt, machine, 'machine', found)
}

function isUnclear(machine: KubevirtMachine | undefined): boolean {
  return machine !== undefined && isUnmarked(machine, machineMarks)
}

/** An instance outlives its machine, which alone it names as its owner. */
function isUnlabelled(instance: KubevirtInstance | undefined): boolean {
  return instance?.metadata.labels?.[machineMarks.uid] === undefined
}

async function deleteOnce(client: ResourceClient<KubevirtMachine>, { metadata }: KubevirtMachine): Promise<void> {
  const { namespace = '', name = '', uid } = metadata
  try {
    await client.delete(namespace, name, { uid })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** The watch tells when it is gone; where that has not seen it, nobody would. */
function going(
  { seen: { machines, instances } }: Kubevirt,
  machine: ResourceIdentity,
  what: 'machine' | 'instance',
  { metadata, status }: KubevirtMachine | KubevirtInstance,
): Removal {
  const { printableStatus, phase } = (status ?? {}) as { readonly printableStatus?: string; readonly phase?: string }
  const message = `KubeVirt ${what} ${metadata.name} is being deleted (${printableStatus ?? phase ?? 'no status yet'})`
  const key = keyFor(machine)
  const seen = (machines.get(key) ?? instances.get(key)) !== undefined
  return { kind: 'going', message, ...(!seen && { recheckAfterMs: UNSEEN_RECHECK_MS }) }
}
