import type { Endpoint } from '../../../domain/machine/machine.ts'
import type { Provided } from '../../../domain/machine/provided.ts'
import type { ProviderRef } from '../../../domain/resource/resource.ts'
import type { KubevirtCondition, KubevirtInstance, KubevirtMachine } from './kubevirt-resources.ts'

const SSH_PORT = 22
/** As many as a status may have. */
const MOST_ENDPOINTS = 16
const linkLocal = /^fe[89ab][0-9a-f]:|^169\.254\./i

/** What KubeVirt prints while it can't bring a machine up, besides all that begins with `Err`. */
const trouble = new Set(['CrashLoopBackOff', 'ImagePullBackOff', 'DataVolumeError'])

/** What KubeVirt prints of a machine that no instance runs for, nor is to. */
const STOPPED = 'Stopped'

/**
 * How a machine is, from what KubeVirt says of it. No instance = it is off, or not on yet. The two come by watches of
 * their own: a machine is not called running before its instance, which has the addresses, is seen to run.
 */
export function providedByKubevirt(machine: KubevirtMachine, instance: KubevirtInstance | undefined): Provided {
  const { metadata, status = {} } = machine
  const ref: ProviderRef = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: metadata.name ?? '' }
  if (metadata.deletionTimestamp !== undefined)
    return {
      kind: 'starting',
      ref,
      message: 'somebody deleted its KubeVirt machine; it is made again when that is gone',
    }
  const ready = conditionOf(status.conditions, 'Ready')
  const halted = machine.spec.runStrategy === 'Halted'
  if (!halted && status.ready === true && ready?.status === 'True' && instance?.status?.phase === 'Running')
    return running(ref, { instance, startedAt: sinceWhen(ready, machine) })
  if (isOff(machine, instance)) return { kind: 'stopped', ref, wanted: halted, message: offBecause(halted) }
  const words = troubleOf(machine)
  if (words !== undefined) return { kind: 'troubled', ref, message: words }
  return { kind: 'starting', ref, message: comingUp(machine, ready) }
}

function running(
  ref: ProviderRef,
  { instance, startedAt }: { readonly instance: KubevirtInstance; readonly startedAt: string },
): Provided {
  const reported = reportedBy(instance)
  return {
    ...{ kind: 'running', ref, endpoints: endpointsOf(instance), startedAt },
    ...(reported.length > 0 && { reported }),
  }
}

/** Of its guest, by the agent in it. What others know of an interface is what the guest should have, not what it has. */
function reportedBy({ status }: KubevirtInstance): string[] {
  const told = (status?.interfaces ?? []).filter(({ infoSource }) => infoSource?.includes('guest-agent') ?? true)
  const all = told.flatMap(({ ipAddress, ipAddresses = [] }) => [ipAddress ?? '', ...ipAddresses])
  return [...new Set(all)].filter((address) => address !== '')
}

function conditionOf(
  conditions: readonly KubevirtCondition[] | undefined,
  type: string,
): KubevirtCondition | undefined {
  return conditions?.find((condition) => condition.type === type)
}

function sinceWhen({ lastTransitionTime }: KubevirtCondition, { metadata }: KubevirtMachine): string {
  return lastTransitionTime ?? metadata.creationTimestamp ?? ''
}

/**
 * Off, and not about to start: `Stopped` alone is also printed by default, before KubeVirt has looked at the machine or
 * at a run strategy that was just changed.
 */
function isOff({ spec, status = {} }: KubevirtMachine, instance: KubevirtInstance | undefined): boolean {
  if (status.printableStatus !== STOPPED || (status.stateChangeRequests?.length ?? 0) > 0) return false
  if (instance !== undefined && !isFinal(instance)) return false
  return (
    spec.runStrategy === 'Halted' || (spec.runStrategy === 'RerunOnFailure' && status.runStrategy === 'RerunOnFailure')
  )
}

function isFinal({ status }: KubevirtInstance): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

function offBecause(halted: boolean): string {
  return halted ? 'stopped, as runStrategy says' : 'its guest has shut down; runStrategy Always would start it again'
}

/** In KubeVirt's words; undefined = no trouble. */
function troubleOf({ status = {} }: KubevirtMachine): string | undefined {
  const failure = conditionOf(status.conditions, 'Failure')
  const printed = status.printableStatus ?? ''
  const failing = failure?.status === 'True'
  const inTrouble = printed.startsWith('Err') || trouble.has(printed)
  if (!failing && !inTrouble) return undefined
  const said = failing ? failure : status.conditions?.find(({ status: is, message }) => is === 'False' && message)
  return told(inTrouble ? printed : said?.reason, said?.message)
}

function comingUp({ status = {} }: KubevirtMachine, ready: KubevirtCondition | undefined): string {
  if (status.printableStatus === undefined) return 'KubeVirt has not looked at it yet'
  return told(status.printableStatus, ready?.message)
}

function told(word: string | undefined, message: string | undefined): string {
  return [word, message].filter((part) => part !== undefined && part !== '').join(': ')
}

/**
 * The first address is where people log in; the others are called as their interfaces. An agent reports those of every
 * container in its guest, too.
 */
function endpointsOf(instance: KubevirtInstance | undefined): Endpoint[] {
  const endpoints: Endpoint[] = []
  for (const { name, ipAddress } of instance?.status?.interfaces ?? []) {
    if (endpoints.length === MOST_ENDPOINTS) break
    if (ipAddress === undefined || ipAddress === '') continue // not known before the guest has it
    if (linkLocal.test(ipAddress)) continue // nobody else reaches that
    const called = endpoints.length === 0 ? 'ssh' : (name ?? `interface-${endpoints.length + 1}`)
    endpoints.push({ name: called, address: ipAddress, port: SSH_PORT })
  }
  return endpoints
}
