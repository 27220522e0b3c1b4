import type { Resource, ResourceCondition, ResourceStatus } from './resource.ts'
import type { StatusFacts } from './situation.ts'

export interface Truth {
  readonly is: boolean
  readonly reason: string
  readonly message: string
}

/** Each is there from the first status on; `lastTransitionTime` moves only when a status does. */
export function conditionsAfter<Type extends string>(
  { status, generation }: Pick<Resource, 'status' | 'generation'>,
  truths: Readonly<Record<Type, Truth>>,
  at: string,
): ResourceCondition<Type>[] {
  return (Object.keys(truths) as Type[]).map((type) => {
    const { is, reason, message } = truths[type]
    const now = is ? 'True' : 'False'
    const earlier = status?.conditions.find((condition) => condition.type === type)
    const lastTransitionTime = earlier?.status === now ? earlier.lastTransitionTime : `${at.slice(0, 19)}Z`
    return { type, status: now, reason, message, lastTransitionTime, observedGeneration: generation }
  })
}

/** What is said of a resource, as far as its capacity and its provider go. */
interface Told {
  readonly reason: string
  readonly message: string
  /** Whether its provider has it. */
  readonly provisioned: boolean
  readonly details: Pick<ResourceStatus, 'providerRef'>
}

/** Whether it holds its capacity, and whether its provider has it, as conditions. */
export function heldTruths(
  { reason, message, provisioned, details }: Told,
  { capacity, reservation, provider }: StatusFacts,
): { readonly CapacityReserved: Truth; readonly Provisioned: Truth } {
  const why = { is: false, reason, message }
  const at = details.providerRef ? ` as ${details.providerRef.name}` : ''
  return {
    CapacityReserved: capacity ? { is: true, reason: 'Reserved', message: `held by reservation ${reservation}` } : why,
    Provisioned: provisioned ? { is: true, reason: 'Provisioned', message: `${provider} has it${at}` } : why,
  }
}
