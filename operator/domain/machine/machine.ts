import type { Money } from '../money.ts'

export type ProviderName = 'KubeVirt' | 'Simulated'

/** Always = started again whenever it is off; RerunOnFailure = only after a failure; Halted = off, its capacity kept. */
export type RunStrategy = 'Always' | 'RerunOnFailure' | 'Halted'

/** What people ask for. All but `runStrategy` is settled at creation. */
export interface MachineSpec {
  readonly cpu: number
  /** As written, `8Gi`. */
  readonly memory: string
  readonly disk: string
  /** A network of the provider; absent = its usual one. */
  readonly network?: string
  readonly image?: string
  readonly pool: string
  /** Where the pool's stocks are; never empty. */
  readonly poolNamespace: string
  /** Absent = the operator's setting. */
  readonly provider?: ProviderName
  readonly runStrategy: RunStrategy
  /** As written: it is the reservation's to read. */
  readonly waitFor: string
  readonly priority: number
  readonly owner?: string
  readonly requestId?: string
}

export type MachinePhase = 'Pending' | 'Reserving' | 'Provisioning' | 'Running' | 'Stopped' | 'Failed' | 'Deleting'

export type MachineConditionType = 'CapacityReserved' | 'Provisioned' | 'Running' | 'Ready'

export interface MachineCondition {
  readonly type: MachineConditionType
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration: number
}

/** `Fail` and `Delete` are the last of a machine. */
export type Operation = 'Request' | 'Reserve' | 'Provision' | 'Run' | 'Stop' | 'Fail' | 'Delete'

/** One thing that happened to a machine; each becomes one event. */
export interface Step {
  /** Time, ISO 8601. */
  readonly at: string
  readonly operation: Operation
  readonly status: 'Succeeded' | 'Failed'
  readonly message: string
}

export interface Endpoint {
  readonly name: string
  readonly address: string
  readonly port: number
}

/** The object that stands for the machine at its provider. */
export interface ProviderRef {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
}

export interface HourlyCost {
  readonly hourly: string
  readonly currency: Money['currency']
}

export interface MachineStatus {
  readonly observedGeneration: number
  readonly phase: MachinePhase
  readonly reason: string
  readonly message: string
  readonly machineId: string
  /** Settled with the first status. */
  readonly provider: ProviderName
  /** The name of its reservation, once it was asked for. */
  readonly reservation?: string
  readonly providerRef?: ProviderRef
  readonly endpoints?: readonly Endpoint[]
  /** While it boots: since when. */
  readonly bootingSince?: string
  readonly bootTimeSeconds?: number
  readonly startedAt?: string
  /** Tries to provision it that its provider has refused, in a row. */
  readonly tries?: number
  /** Not to be tried again before. */
  readonly nextTryAt?: string
  /** How often it came back after it had run. */
  readonly restarts?: number
  /** While it holds capacity. */
  readonly cost?: readonly HourlyCost[]
  /** How many steps there were in all: the number of the last one in `history`. */
  readonly steps: number
  /** Up to which step every topic is known to have the events. */
  readonly published: number
  /** The last 16 steps; none is dropped before it was published. */
  readonly history: readonly Step[]
  readonly conditions: readonly MachineCondition[]
}

/** One stored VirtualMachine. */
export interface Machine {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  readonly createdAt: number
  /** Time, ISO 8601; absent = not being deleted. */
  readonly deletingSince?: string
  /** It is not gone before we let go of it. */
  readonly held: boolean
  /** Who else holds it, and we. */
  readonly finalizers: readonly string[]
  /** An administrator gives up what its provider has of it. */
  readonly abandoned: boolean
  /** What the simulated provider is told to do wrong; absent = nothing. */
  readonly simulatedFaults?: string
  readonly spec: MachineSpec
  readonly status?: MachineStatus
}

const MACHINE_ID_DIGITS = 8
const MAX_NAME = 63

/** `VM-0909A693`: what people call it, from the object's uid. */
export function machineIdOf({ uid }: Pick<Machine, 'uid'>): string {
  return `VM-${uid.replaceAll('-', '').slice(0, MACHINE_ID_DIGITS).toUpperCase()}`
}

/**
 * The name of its reservation and of its provider's object: the same each time, so that nothing is made twice, another
 * one when a machine of the same name comes after it. At most 63 characters, and valid as a DNS label.
 */
export function childNameOf({ name, uid }: Pick<Machine, 'name' | 'uid'>): string {
  const suffix = `-${uid.replaceAll('-', '').slice(0, MACHINE_ID_DIGITS)}`
  const label = name.replaceAll('.', '-').slice(0, MAX_NAME - suffix.length)
  return `${label.replace(/-+$/, '')}${suffix}`
}
