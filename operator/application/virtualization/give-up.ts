import { durationText } from '../../domain/duration.ts'
import { hinderedSince } from '../../domain/virtualization/request-status.ts'
import type { ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { type Situation, standingOf } from '../../domain/virtualization/standing.ts'
import type { RequestAssessment } from './report-request.ts'
import type { RequestParts } from './request-parts.ts'

/** A resource that changed just now may be about to come up. */
const CHANGED_MS = 2_000

/**
 * The end of what has been hindered for too long: else it would be in the way of others for ever. What was made for it goes
 * first, so that nothing comes up once it is told that nothing will. May be repeated.
 */
export async function unlessTooLong(
  parts: RequestParts,
  request: ResourceRequest,
  assessment: RequestAssessment,
): Promise<RequestAssessment> {
  const { situation, recheckAfterMs } = assessment
  const { clock, giveUpAfterMs } = parts
  const { hindered, reason, message } = standingOf(situation)
  const since = hinderedSince(request, reason)
  const isLate = giveUpAfterMs > 0 && since !== undefined && clock.now() >= since + giveUpAfterMs
  if (isLate && reason === 'ResourceGone') return tooLong(parts, request.status?.message ?? message) // we have ended it
  if (!hindered || giveUpAfterMs === 0) return assessment
  const leftMs = (since ?? clock.now()) + giveUpAfterMs - clock.now()
  if (!isLate) return { ...assessment, recheckAfterMs: Math.min(recheckAfterMs ?? leftMs, leftMs) }
  if (situation.kind !== 'made') return tooLong(parts, message)
  return ended(parts, situation, message)
}

/** Where nobody answers the end of its resource, what is against it is told all the same, and its end is tried again. */
async function ended(
  parts: RequestParts,
  situation: Extract<Situation, { kind: 'made' }>,
  message: string,
): Promise<RequestAssessment> {
  try {
    const removing = await parts.resources[situation.resource.kind].remove(situation.resource)
    return removing.kind === 'begun' ? tooLong(parts, message) : { situation, recheckAfterMs: CHANGED_MS }
  } catch (error) {
    return { situation, fault: { error } }
  }
}

function tooLong({ giveUpAfterMs }: RequestParts, message: string): RequestAssessment {
  const words = `for ${durationText(giveUpAfterMs)} something was against it: ${message}`
  return { situation: { kind: 'failed', reason: 'HinderedTooLong', message: words } }
}
