import type { Machines, MachineWrite } from '../../../application/machine/machines.ts'
import type { Machine, MachineSpec, MachineStatus } from '../../../domain/machine/machine.ts'
import { ifThere } from '../api-error.ts'
import type { ApiResult } from '../exchange.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { VirtualMachine, VirtualMachineSpec } from './generated/virtual-machine.ts'
import { latestKnown } from './latest-known.ts'
import { failureOf } from './write-result.ts'

export const MACHINE_FINALIZER = 'kbnt.io/machine'
const ABANDON = 'kbnt.io/abandon'
const SIMULATE = 'kbnt.io/simulate'

export const virtualMachines = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'vmachines',
  namespaced: true,
} as const

/** What the watch has brought. */
export interface MachineCache {
  get(key: string): VirtualMachine | undefined
  list(): Iterable<VirtualMachine>
}

export interface MachinesParts {
  readonly client: ResourceClient<VirtualMachine>
  readonly cache: MachineCache
  readonly onServerDate: (date: number | undefined) => void
}

/** Machines as the API server stores them. */
export function kubernetesMachines({ client, cache, onServerDate }: MachinesParts): Machines {
  const latest = latestKnown(cache)

  const write = async (change: () => Promise<ApiResult<VirtualMachine>>, stays = true): Promise<MachineWrite> => {
    try {
      const { body, date } = await change()
      onServerDate(date)
      if (stays) latest.wrote(body)
      return { kind: 'written', machine: machineFromResource(body) }
    } catch (error) {
      const failure = failureOf(error)
      return failure.kind === 'tooLarge' ? { kind: 'refused', reason: 'the object is too large' } : failure
    }
  }

  return {
    find(key) {
      const resource = latest.of(key)
      return resource && machineFromResource(resource)
    },
    *all() {
      for (const resource of cache.list()) yield machineFromResource(resource)
    },
    async read(namespace, name) {
      const answer = await ifThere(client.get(namespace, name))
      if (!answer) return undefined
      onServerDate(answer.date)
      return machineFromResource(answer.body)
    },
    report: (base, status) => write(() => client.replaceStatus(resourceWithStatus(base, status))),
    hold: (base) => write(() => client.mergePatch(base.namespace, base.name, finalizing(base, true))),
    letGo: (base) => write(() => client.mergePatch(base.namespace, base.name, finalizing(base, false)), false),
  }
}

/** What the operator knows of one stored VirtualMachine. */
export function machineFromResource({ metadata, spec, status }: VirtualMachine): Machine {
  const { namespace = '', name = '', uid = '', resourceVersion = '', generation = 0 } = metadata
  const { creationTimestamp = '', deletionTimestamp, annotations = {}, finalizers = [] } = metadata
  const simulatedFaults = annotations[SIMULATE]
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    generation,
    createdAt: Date.parse(creationTimestamp),
    ...(deletionTimestamp !== undefined && { deletingSince: deletionTimestamp }),
    held: finalizers.includes(MACHINE_FINALIZER),
    finalizers,
    abandoned: annotations[ABANDON] === 'true',
    ...(simulatedFaults !== undefined && { simulatedFaults }),
    spec: specFromResource(spec, namespace),
    ...(status && { status: status as MachineStatus }),
  }
}

function specFromResource({ network, poolNamespace, ...spec }: VirtualMachineSpec, namespace: string): MachineSpec {
  return { ...spec, poolNamespace: poolNamespace || namespace, ...(network && { network: network.name }) }
}

/** All that a PUT of the status reads: identity, the exact version, and the status. */
function resourceWithStatus({ namespace, name, uid, resourceVersion }: Machine, status: MachineStatus): VirtualMachine {
  const metadata = { namespace, name, uid, resourceVersion }
  return { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualMachine', metadata, status } as unknown as VirtualMachine
}

function finalizing({ uid, resourceVersion, finalizers }: Machine, held: boolean): object {
  const others = finalizers.filter((name) => name !== MACHINE_FINALIZER)
  return { metadata: { uid, resourceVersion, finalizers: held ? [...others, MACHINE_FINALIZER] : others } }
}
