import type { Endpoint, Machine, MachinePhase } from '../machine/machine.ts'
import type { Network, NetworkPhase } from '../network/network.ts'
import type { Resource } from '../resource/resource.ts'
import type { Storage, StoragePhase } from '../storage/storage.ts'
import type { RequestReason } from './request-reasons.ts'

type Named<Kind extends string, R extends Resource> = R & { readonly kind: Kind }

/** What messages ask for, one of these. */
export type Requested =
  | Named<'VirtualMachine', Machine>
  | Named<'VirtualStorage', Storage>
  | Named<'VirtualNetwork', Network>

/** As in manifests. */
export type RequestedKind = Requested['kind']

/**
 * How far one has come, in the words of requests. `blocked`: somebody has to change something. `refused`: the same, though
 * it says that it has failed; `troubled`: the same, though its provider has begun with it.
 */
export type Stage = 'new' | 'blocked' | 'waits' | 'works' | 'troubled' | 'ready' | 'refused' | 'failed' | 'goes'

const ofMachines: Readonly<Record<MachinePhase, Stage>> = {
  ...{ Pending: 'blocked', Reserving: 'waits', Provisioning: 'works', Running: 'ready', Stopped: 'ready' },
  ...{ Failed: 'failed', Deleting: 'goes' },
}
const ofStorages: Readonly<Record<StoragePhase, Stage>> = {
  ...{ Pending: 'blocked', Reserving: 'waits', Allocating: 'works', Allocated: 'ready' },
  ...{ Failed: 'failed', Deleting: 'goes' },
}
const ofNetworks: Readonly<Record<NetworkPhase, Stage>> = {
  ...{ Pending: 'blocked', Active: 'ready', Failed: 'failed', Deleting: 'goes' },
}
const stages: Readonly<Record<RequestedKind, Readonly<Record<string, Stage>>>> = {
  ...{ VirtualMachine: ofMachines, VirtualStorage: ofStorages, VirtualNetwork: ofNetworks },
}

/** What is looked at again: another policy, other settings of its fabric, or the end of another network lets it come up. */
const mayTurn: ReadonlySet<string> = new Set<RequestReason>([
  'PolicyViolation',
  'FabricNotShared',
  'OutOfRange',
  'VlanTaken',
  'CidrTaken',
])

/** Of a phase that this version does not know nothing is said: it waits. */
export function stageOf({ kind, deletingSince, status }: Requested): Stage {
  if (deletingSince !== undefined) return 'goes'
  if (!status) return 'new'
  const stage = stages[kind][status.phase] ?? 'waits'
  if (stage === 'failed') return mayTurn.has(status.reason) ? 'refused' : stage
  if (stage === 'works' && status.reason === 'ProviderFailed') return 'troubled'
  return stage === 'blocked' && status.reason === 'Claimed' ? 'works' : stage // its provider is asked next
}

/** Where it can be reached; undefined = nobody says, or nothing of its kind can. */
export function endpointsOf(resource: Requested): readonly Endpoint[] | undefined {
  return resource.kind === 'VirtualMachine' ? resource.status?.endpoints : undefined
}
