import { SERVICE } from '../event/cloud-event.ts'
import { stepsAfter } from '../kept-steps.ts'
import { shortMessage } from '../short-message.ts'
import type { RequestReason } from './request-reasons.ts'
import type {
  RequestCondition,
  RequestConditionType,
  RequestPhase,
  RequestStatus,
  RequestStep,
  ResourceRequest,
} from './resource-request.ts'
import type { Standing } from './standing.ts'

/** What a status says beyond where the request stands. */
export interface RequestFacts {
  /** Time, ISO 8601. */
  readonly at: string
  /** Up to which step every topic has the events. */
  readonly published: number
}

const over: ReadonlySet<RequestPhase> = new Set(['Completed', 'Failed'])

/** The status of a request that stands so; what has not changed since the last one is as it was. */
export function requestStatusAfter(request: ResourceRequest, standing: Standing, facts: RequestFacts): RequestStatus {
  const { status: before, spec, generation } = request
  const { hindered: _, ...stands } = standing
  const resource = before?.resource ?? standing.resource
  const startedAt = before?.startedAt ?? (resource && facts.at)
  const completedAt = over.has(standing.phase) ? facts.at : undefined
  const added = stepsBetween(before, standing, facts)
  return {
    observedGeneration: generation,
    ...stands,
    message: shortMessage(standing.message),
    ...(resource && { resource }),
    ...(startedAt !== undefined && { startedAt }),
    ...(completedAt !== undefined && { completedAt }),
    ...stepsAfter(before, added, facts.published, spec.processingHistory),
    conditions: conditionsAfter(request, standing, { at: facts.at, known: resource !== undefined }),
  }
}

function stepsBetween(before: RequestStatus | undefined, { phase }: Standing, { at }: RequestFacts): RequestStep[] {
  const step = (operation: string, status: string) => ({ service: SERVICE, operation, status, at })
  return [
    ...(before === undefined ? [step('Request', 'Succeeded')] : []),
    ...(phase === 'Completed' ? [step('Complete', 'Succeeded')] : []),
    ...(phase === 'Failed' ? [step('Fail', 'Failed')] : []),
  ]
}

/**
 * Since when something has been against it, in ms since 1970; undefined = nothing is, as far as is told. `reason`: why it is
 * so now. What goes slowly, and was in use before, has only begun to be slow.
 */
export function hinderedSince({ status }: Pick<ResourceRequest, 'status'>, reason?: RequestReason): number | undefined {
  const told = status?.conditions.find(({ type }) => type === 'Hindered')
  if (told?.status !== 'True' || isAnew(told, reason)) return undefined
  return Date.parse(told.lastTransitionTime)
}

function isAnew({ type, reason: before }: RequestCondition, reason: RequestReason | undefined): boolean {
  return type === 'Hindered' && reason === 'RemovalSlow' && before !== reason
}

/** Each of them is there from the first status on; `lastTransitionTime` moves when a status does, and when it is true anew. */
function conditionsAfter(
  { status, generation }: ResourceRequest,
  { phase, reason, message, hindered }: Standing,
  { at, known }: { readonly at: string; readonly known: boolean },
): RequestCondition[] {
  const truths: Readonly<Record<RequestConditionType, boolean>> = {
    Accepted: known,
    Hindered: hindered,
    Completed: phase === 'Completed',
    Finished: over.has(phase),
  }
  return (Object.keys(truths) as RequestConditionType[]).map((type) => {
    const now = truths[type] ? 'True' : 'False'
    const earlier = status?.conditions.find((condition) => condition.type === type)
    const isAsBefore = earlier?.status === now && !isAnew(earlier, reason)
    const lastTransitionTime = isAsBefore ? earlier.lastTransitionTime : `${at.slice(0, 19)}Z`
    const words = shortMessage(message)
    return { type, status: now, reason, message: words, lastTransitionTime, observedGeneration: generation }
  })
}
