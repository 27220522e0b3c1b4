import type { Resource, ResourceCondition } from './resource.ts'

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
