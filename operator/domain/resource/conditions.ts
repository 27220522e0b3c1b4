import type { Resource, ResourceCondition, ResourceStatus } from './resource.ts'
import type { Situation, StatusFacts } from './situation.ts'

export interface Truth {
  readonly is: boolean
  readonly reason: string
  readonly message: string
  /** Its time is that of its reason, too: somebody wants to know for how long it is this one. */
  readonly datesReason?: true
}

/** Those that have a truth; `lastTransitionTime` moves only when a status does, or the reason of one that is dated by it. */
export function conditionsAfter<Type extends string>(
  { status, generation }: Pick<Resource, 'status' | 'generation'>,
  truths: Readonly<Partial<Record<Type, Truth>>>,
  at: string,
): ResourceCondition<Type>[] {
  return (Object.entries(truths) as [Type, Truth][]).map(([type, { is, reason, message, datesReason }]) => {
    const now = is ? 'True' : 'False'
    const earlier = status?.conditions.find((condition) => condition.type === type)
    const isAsBefore = earlier?.status === now && (!datesReason || earlier.reason === reason)
    const lastTransitionTime = isAsBefore ? earlier.lastTransitionTime : `${at.slice(0, 19)}Z`
    return { type, status: now, reason, message, lastTransitionTime, observedGeneration: generation }
  })
}

/** The condition of one that is deleted and not gone: what it waits for, and since when for that. Others don't have it. */
export function deletionTruth(
  situation: Situation<unknown, string>,
  { message }: { readonly message: string },
): { readonly Deleting?: Truth } {
  if (situation.kind !== 'leaving') return {}
  return { Deleting: { is: true, reason: situation.reason, message, datesReason: true } }
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
