import type { Money } from '../money.ts'

/** One thing that happened to a resource; each becomes one event. */
export interface Step<Operation extends string = string> {
  /** Time, ISO 8601. */
  readonly at: string
  readonly operation: Operation
  readonly status: 'Succeeded' | 'Failed'
  readonly message: string
}

export interface ResourceCondition<Type extends string = string> {
  readonly type: Type
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration: number
}

/** The object that stands for the resource at its provider. */
export interface ProviderRef {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
}

export interface HourlyCost {
  readonly hourly: string
  readonly currency: Money['currency']
}

/** What every resource is told. */
export interface ResourceStatus {
  readonly observedGeneration: number
  readonly phase: string
  readonly reason: string
  readonly message: string
  /** Settled with the first status. */
  readonly provider: string
  /** The name of its reservation, once it was asked for. */
  readonly reservation?: string
  /** The uid of the one that has its capacity; settled when it first has it. Another one under that name is not its own. */
  readonly reservationUID?: string
  readonly providerRef?: ProviderRef
  /** Tries to provision it that its provider has refused, in a row. */
  readonly tries?: number
  /** Not to be tried again before. */
  readonly nextTryAt?: string
  /** While it holds capacity. */
  readonly cost?: readonly HourlyCost[]
  /** How many steps there were in all: the number of the last one in `history`. */
  readonly steps: number
  /** Up to which step every topic is known to have the events. */
  readonly published: number
  /** The last 16 steps; none is dropped before it was published. */
  readonly history: readonly Step[]
  readonly conditions: readonly ResourceCondition[]
}

/** What every resource is asked for with, whatever else it is. */
export interface ResourceSpec {
  readonly owner?: string
  readonly requestId?: string
}

/** The same of one that lives on capacity of a pool. */
export interface PooledSpec extends ResourceSpec {
  readonly pool: string
  /** Where the pool's stocks are; never empty. */
  readonly poolNamespace: string
  /** As written: it is the reservation's to read. */
  readonly waitFor: string
  readonly priority: number
}

/** Something that a provider makes: one stored object of ours that asks for it. */
export interface Resource {
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
  readonly spec: ResourceSpec
  readonly status?: ResourceStatus
}

/** One that is made on capacity of a pool. */
export interface PooledResource extends Resource {
  readonly spec: PooledSpec
}

/** Which one it is, also when another one of its name comes after it. */
export type ResourceIdentity = Pick<Resource, 'namespace' | 'name' | 'uid'>

export type StatusOf<R extends Resource> = NonNullable<R['status']>

const ID_DIGITS = 8
const MAX_NAME = 63

/** What people call it, such as `VM-0909A693`: from the object's uid. */
export function resourceIdOf(prefix: string, { uid }: Pick<Resource, 'uid'>): string {
  return `${prefix}-${uid.replaceAll('-', '').slice(0, ID_DIGITS).toUpperCase()}`
}

/**
 * The name of its reservation and of its provider's object: the same each time, so that nothing is made twice, another
 * one when a resource of the same name comes after it. At most 63 characters, and valid as a DNS label.
 */
export function childNameOf({ name, uid }: Pick<Resource, 'name' | 'uid'>): string {
  const suffix = `-${uid.replaceAll('-', '').slice(0, ID_DIGITS)}`
  const label = name.replaceAll('.', '-').slice(0, MAX_NAME - suffix.length)
  return `${label.replace(/-+$/, '')}${suffix}`
}

/** Whether its provider had it, as far as is told. */
export function wasProvided(status: Pick<ResourceStatus, 'conditions' | 'providerRef'> | undefined): boolean {
  return status?.providerRef !== undefined || isTrue(status, 'Provisioned')
}

export function isTrue(status: Pick<ResourceStatus, 'conditions'> | undefined, type: string): boolean {
  return status?.conditions.some((condition) => condition.type === type && condition.status === 'True') ?? false
}
