import { isOver, type ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { nameOf } from '../../domain/virtualization/standing.ts'
import { wishOf } from '../../domain/virtualization/wish.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { messageOf } from '../message-of.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { assessCreation } from './assess-creation.ts'
import { assessDeletion } from './assess-deletion.ts'
import { unlessTooLong } from './give-up.ts'
import { markOnly, type RequestAssessment, reportRequest } from './report-request.ts'
import type { RequestParts } from './request-parts.ts'

/**
 * Brings one request a step nearer to its end: gather and act, then report. Safe to repeat. What is over stays as it is,
 * whatever becomes of its resource; for one that is deleted nothing is begun, nor is anything ended. While the clock is wrong nothing is begun.
 */
export async function reconcileRequest(parts: RequestParts, key: string): Promise<Outcome> {
  const request = parts.requests.find(key)
  if (!request) return settled
  parts.events.send(request)
  if (!(await parts.clockIsRight(request))) return recheckAfter(SKEW_RETRY_MS)
  if (isOver(request)) return markOnly(parts, request)
  if (request.deleting) return deleted(parts, request)
  const wish = wishOf(request, parts.sha256)
  switch (wish.kind) {
    case 'create':
      return brought(parts, request, () => assessCreation(parts, request, wish.wanted))
    case 'delete':
      return brought(parts, request, () => assessDeletion(parts, request, wish.target))
    case 'refused':
      return reportRequest(parts, request, { situation: { ...wish, kind: 'failed' } })
  }
}

/** Who holds it is somebody else. It has its place among those that are not over, and may not keep it for ever. */
async function deleted(parts: RequestParts, request: ResourceRequest): Promise<Outcome> {
  const { finalizers, status } = request
  if (finalizers.length === 0) return settled
  const message = `it was deleted before it was over, and ${finalizers.join(', ')} holds it: nothing more is done for it; whoever has set that finalizer has to take it away`
  const situation = { kind: 'deleted', phase: status?.phase ?? 'Queued', message } as const
  return reportRequest(parts, request, await unlessTooLong(parts, request, { situation }))
}

/** Where nobody answers that is told first, and given up in the end, too. */
async function brought(
  parts: RequestParts,
  request: ResourceRequest,
  assess: () => Promise<RequestAssessment>,
): Promise<Outcome> {
  const found = await assess().catch((error: unknown) => unanswered(request, error))
  const assessment = await unlessTooLong(parts, request, found)
  const outcome = await reportRequest(parts, request, assessment)
  if (assessment.fault) throw assessment.fault.error
  return outcome
}

/** What is not told of yet can't be made; whatever is known of the rest is as it was. */
function unanswered({ status }: ResourceRequest, error: unknown): RequestAssessment {
  const words = messageOf(error)
  const fault = { error }
  if (!status) return { situation: { kind: 'hindered', message: words }, fault }
  const { phase, reason, resource } = status
  const message = resource ? `${nameOf(resource)} can't be asked for: ${words}` : `it can't be brought on: ${words}`
  return { situation: { kind: 'unread', phase, reason, message }, fault }
}
