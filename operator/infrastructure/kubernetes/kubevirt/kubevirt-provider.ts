import type { MachineProvider } from '../../../application/machine/machine-kind.ts'
import type { Removal } from '../../../application/resource/provider.ts'
import { type Machine, toldToHalt } from '../../../domain/machine/machine.ts'
import type { Provided } from '../../../domain/machine/provided.ts'
import {
  childNameOf,
  isTrue,
  type ProviderRef,
  type ResourceIdentity,
  wasProvided,
} from '../../../domain/resource/resource.ts'
import { ApiError, isApiError } from '../api-error.ts'
import type { KubernetesClient } from '../client.ts'
import { lostMarks } from '../providers/lost-marks.ts'
import { belongsTo, type CacheOf, providedObjects, refusalIn } from '../providers/provided-objects.ts'
import { resourceClient } from '../resource-client.ts'
import { machineMarks } from '../resources/resource-capacity.ts'
import type { Clock } from '../timers.ts'
import {
  type BootableMachine,
  buildKubevirtMachine,
  isBootable,
  type KubevirtStorage,
} from './build-kubevirt-machine.ts'
import { kubevirtAvailability } from './kubevirt-availability.ts'
import { guestsOn, type NetworkSeat } from './kubevirt-guests.ts'
import { isUnclear, type Kubevirt, keyFor, own, read, unmarked } from './kubevirt-objects.ts'
import {
  type KubevirtInstance,
  type KubevirtMachine,
  kubevirtInstances,
  kubevirtMachines,
} from './kubevirt-resources.ts'
import { providedByKubevirt } from './provided-by-kubevirt.ts'
import { removeMachine } from './remove-kubevirt-machine.ts'

const NOT_SERVED =
  'KubeVirt is not installed: the API server does not serve kubevirt.io/v1; install it, or name another provider in a new machine'
const NOT_SERVED_RECHECK_MS = 10_000
/** Of one of which nobody knows: it may run on where the kind is only away for a while. */
const UNKNOWN: Removal = {
  ...{ kind: 'going', recheckAfterMs: NOT_SERVED_RECHECK_MS, isRefused: true, isUnseen: true },
  message: 'whether KubeVirt has it is not known: the API server does not serve kubevirt.io/v1',
}

export interface KubevirtProviderParts {
  readonly client: KubernetesClient
  readonly cacheOf: CacheOf
  readonly clock: Clock
  readonly storage: KubevirtStorage
  /** Told the key of a machine, `namespace/name`, whenever KubeVirt has something new about it. */
  readonly onChanged: (machineKey: string) => void
}

/** Its watches begin when KubeVirt is first seen to be there, and end with `stop`. */
export interface KubevirtProvider extends MachineProvider {
  /** What it still has of a machine that is gone. */
  removeRest(machine: ResourceIdentity): Promise<Removal>
  /**
   * Those with our label that are on what a provider has of a network, also of VirtualMachines that are gone, in words;
   * undefined = none. As last seen; where that is not all it says so.
   */
  guestsOn(network: NetworkSeat): Promise<string | undefined>
  stop(): Promise<void>
}

/** Machines as KubeVirt runs them. What it says of them comes by watch; nothing is polled. */
export function kubevirtProvider(parts: KubevirtProviderParts): KubevirtProvider {
  const { client, clock, cacheOf, onChanged, storage } = parts
  const availability = kubevirtAvailability(client, clock)
  const objects = providedObjects({
    ...{ marks: machineMarks, what: "KubeVirt's machines", cacheOf, clock, onChanged },
    onMissing: availability.forget,
  })
  const machines = resourceClient<KubevirtMachine>(client, kubevirtMachines)
  const instances = resourceClient<KubevirtInstance>(client, kubevirtInstances)
  const seen = { machines: objects.cache(machines), instances: objects.cache(instances) }
  const kubevirt: Kubevirt = { machines, instances, seen, storage }

  async function served<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (isApiError(error, 404)) availability.forget() // may be uninstalled: asked before the next try
      throw error
    }
  }

  return {
    name: 'KubeVirt',
    unavailable: async (namespace) => ((await availability.served()) ? objects.ready(namespace) : NOT_SERVED),
    ensure: (machine) => served(() => ensure(kubevirt, machine)),
    halt: (machine) => served(() => halt(kubevirt, toldToHalt(machine))),
    async remove(machine) {
      if (await availability.served()) {
        await objects.ready(machine.namespace) // seen or not: it is what tells when all is gone
        return served(() => removeMachine(kubevirt, machine, wasProvided(machine.status)))
      }
      return machine.status?.providerRef === undefined ? UNKNOWN : { ...UNKNOWN, message: NOT_SERVED }
    },
    async removeRest(machine) {
      return (await availability.served()) ? served(() => removeMachine(kubevirt, machine, true)) : UNKNOWN
    },
    guestsOn: async (network) =>
      (await availability.served()) ? guestsOn(kubevirt, network, objects.ready) : undefined,
    stop: objects.stop,
  }
}

async function ensure(kubevirt: Kubevirt, machine: Machine): Promise<Provided> {
  const found = kubevirt.seen.machines.get(keyFor(machine))
  if (found !== undefined && belongsTo(found, machineMarks, machine)) return follow(kubevirt, machine, found)
  if (lacks(machine)) return findOnly(kubevirt, machine)
  if (!isBootable(machine))
    return {
      kind: 'refused',
      message: 'spec.image is missing: a KubeVirt machine boots from a container disk, or from storages',
    }
  return create(kubevirt, machine)
}

async function halt(kubevirt: Kubevirt, machine: Machine): Promise<boolean> {
  const found = kubevirt.seen.machines.get(keyFor(machine))
  const isSeen = found !== undefined && belongsTo(found, machineMarks, machine)
  const provided = await (isSeen ? follow(kubevirt, machine, found) : findOnly(kubevirt, machine))
  if (provided.kind !== 'stopped') return false
  return isSeen || own(await read(kubevirt.instances, machine), machine) === undefined // one may have lost its machine
}

/** Its network is in doubt, or its storages: as it is asked for it would have another one, or none. */
function lacks({ spec, status, attached }: Machine): boolean {
  return (status?.network !== undefined && !attached) || (spec.storages !== undefined && !attached?.storages)
}

/** One that the watch does not show, as right after a start, may be there: it is not called off while it runs. */
async function findOnly(kubevirt: Kubevirt, machine: Machine): Promise<Provided> {
  const found = await read(kubevirt.machines, machine)
  return (await followOwn(kubevirt, machine, found)) ?? notMade(machine)
}

function notMade(machine: Machine): Provided {
  const name = childNameOf(machine)
  const ref = refOf(name)
  const lacking = machine.spec.storages ? 'storages' : 'network'
  const message = `KubeVirt has no machine ${name}, and without its ${lacking} it is not made`
  if (!isTrue(machine.status, 'Provisioned')) return { kind: 'refused', message }
  const isOff = machine.spec.runStrategy === 'Halted'
  return isOff ? { kind: 'stopped', ref, wanted: true, message } : { kind: 'troubled', ref, message }
}

async function create(kubevirt: Kubevirt, machine: BootableMachine): Promise<Provided> {
  try {
    const { body } = await kubevirt.machines.create(buildKubevirtMachine(machine, kubevirt.storage))
    return providedByKubevirt(body, undefined)
  } catch (error) {
    const isThere = error instanceof ApiError && error.reason === 'AlreadyExists'
    const found = isThere ? await read(kubevirt.machines, machine) : undefined
    return found ? adopt(kubevirt, machine, found) : { kind: 'refused', message: refusalIn(error) }
  }
}

/** A create whose answer was lost, a watch that lags, or a label that somebody took off; else somebody else's, which is never touched. */
async function adopt(kubevirt: Kubevirt, machine: Machine, found: KubevirtMachine): Promise<Provided> {
  const followed = await followOwn(kubevirt, machine, found)
  if (followed) return followed
  const owner = found.metadata.ownerReferences?.[0]
  const whose = owner === undefined ? 'nobody we know' : `${owner.kind} ${owner.name}`
  return { kind: 'refused', message: `there is another KubeVirt machine called ${childNameOf(machine)}, of ${whose}` }
}

/** What there is of its name, where that is its own, or may be; undefined = there is none, or it is somebody else's. */
async function followOwn(
  kubevirt: Kubevirt,
  machine: Machine,
  found: KubevirtMachine | undefined,
): Promise<Provided | undefined> {
  const ours = own(found, machine)
  if (ours) return follow(kubevirt, machine, ours)
  if (!wasProvided(machine.status) || !isUnclear(found, machine)) return undefined
  return { kind: 'troubled', ref: refOf(childNameOf(machine)), message: unmarked(machine) }
}

async function follow(kubevirt: Kubevirt, machine: Machine, found: KubevirtMachine): Promise<Provided> {
  const { namespace, spec } = machine
  const name = childNameOf(machine)
  const { uid, deletionTimestamp } = found.metadata
  const instance = kubevirt.seen.instances.get(keyFor(machine))
  const marks = lostMarks(found, machineMarks, machine)
  const isAsAsked = found.spec.runStrategy === spec.runStrategy && !marks
  if (isAsAsked || deletionTimestamp !== undefined) return providedByKubevirt(found, instance)
  try {
    const change = { metadata: { uid, ...marks }, spec: { runStrategy: spec.runStrategy } }
    const { body } = await kubevirt.machines.mergePatch(namespace, name, change)
    return providedByKubevirt(body, instance)
  } catch (error) {
    const what = marks ? `label ${machineMarks.uid}` : `runStrategy ${spec.runStrategy}`
    return { kind: 'troubled', ref: refOf(name), message: `${what}: ${refusalIn(error)}` }
  }
}

function refOf(name: string): ProviderRef {
  return { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name }
}
