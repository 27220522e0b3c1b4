import { isOver, type ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { wishOf } from '../../domain/virtualization/wish.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { assessCreation } from './assess-creation.ts'
import { assessDeletion } from './assess-deletion.ts'
import { unlessTooLong } from './give-up.ts'
import { markOnly, type RequestAssessment, reportRequest } from './report-request.ts'
import type { RequestParts } from './request-parts.ts'

/**
 * Brings one request a step nearer to its end: gather and act, then report. Safe to repeat. What is over stays as it is,
 * whatever becomes of its resource; one that is deleted ends nothing. While the clock is wrong nothing is begun.
 */
export async function reconcileRequest(parts: RequestParts, key: string): Promise<Outcome> {
  const request = parts.requests.find(key)
  if (!request) return settled
  parts.events.send(request)
  if (!(await parts.clockIsRight(request))) return recheckAfter(SKEW_RETRY_MS)
  if (isOver(request)) return markOnly(parts, request)
  if (request.deleting) return settled // who holds it is somebody else; nothing is begun for it
  const wish = wishOf(request, parts.sha256)
  switch (wish.kind) {
    case 'create':
      return assessed(parts, request, await assessCreation(parts, request, wish.wanted))
    case 'delete':
      return assessed(parts, request, await assessDeletion(parts, request, wish.target))
    case 'refused':
      return reportRequest(parts, request, { situation: { ...wish, kind: 'failed' } })
  }
}

async function assessed(
  parts: RequestParts,
  request: ResourceRequest,
  assessment: RequestAssessment,
): Promise<Outcome> {
  return reportRequest(parts, request, await unlessTooLong(parts, request, assessment))
}
