import type { Removal } from '../../../application/resource/provider.ts'
import type { ResourceIdentity } from '../../../domain/resource/resource.ts'
import { ifThere } from '../api-error.ts'
import { keptUnmarked } from '../providers/lost-marks.ts'
import { machineMarks } from '../resources/resource-capacity.ts'
import { isUnclear, type Kubevirt, keyFor, own, read, unmarked } from './kubevirt-objects.ts'
import type { KubevirtInstance, KubevirtMachine } from './kubevirt-resources.ts'

const UNSEEN_RECHECK_MS = 1_000
const ORPHANED_RECHECK_MS = 10_000

/** Takes a machine away. `had`: whether there may be one, so that what is not marked may be it. */
export async function removeMachine(kubevirt: Kubevirt, machine: ResourceIdentity, had: boolean): Promise<Removal> {
  const [there, on] = await Promise.all([read(kubevirt.machines, machine), read(kubevirt.instances, machine)])
  if (had && isUnclear(there, machine)) return keptUnmarked(unmarked(machine))
  const found = own(there, machine)
  const instance = !there && had && isUnlabelled(on) ? on : own(on, machine)
  if (found === undefined)
    return instance === undefined ? { kind: 'gone' } : withoutMachine(kubevirt, machine, instance)
  const { namespace = '', name = '', uid, deletionTimestamp } = found.metadata
  if (deletionTimestamp === undefined) await ifThere(kubevirt.machines.delete(namespace, name, { uid }))
  return going(kubevirt, machine, 'machine', found)
}

/** An instance outlives its machine, which alone it names as its owner. */
function isUnlabelled(instance: KubevirtInstance | undefined): boolean {
  return instance?.metadata.labels?.[machineMarks.uid] === undefined
}

/** One that its machine was deleted from under (`--cascade=orphan`) goes on by itself, and nobody takes it away. */
function withoutMachine(kubevirt: Kubevirt, machine: ResourceIdentity, instance: KubevirtInstance): Removal {
  const { namespace, name, deletionTimestamp, ownerReferences: owners = [] } = instance.metadata
  if (deletionTimestamp !== undefined || owners.length > 0) return going(kubevirt, machine, 'instance', instance)
  const message = `KubeVirt instance ${name} has lost its machine and runs on; kubectl delete virtualmachineinstances.kubevirt.io -n ${namespace} ${name}`
  return { kind: 'going', message, recheckAfterMs: ORPHANED_RECHECK_MS, isRefused: true }
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
