import { requestStatusAfter } from '../../domain/virtualization/request-status.ts'
import type { RequestStatus, ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { type Situation, standingOf } from '../../domain/virtualization/standing.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { markNext, sooner } from '../event/published-mark.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import type { Fault } from '../resource/resource-parts.ts'
import { sameButForWords } from '../same-but-for-words.ts'
import { sameValue } from '../same-value.ts'
import { afterUnwritten } from '../unwritten.ts'
import type { RequestParts } from './request-parts.ts'

/** What one look at a request has found. */
export interface RequestAssessment {
  readonly situation: Situation
  /** When to look again where nothing else would tell. */
  readonly recheckAfterMs?: number | undefined
  /** Why somebody gave no answer; to be thrown once the rest is told. */
  readonly fault?: Fault | undefined
}

/**
 * Stores what was found, when it differs from what is stored, and sends its events. Where the clock went wrong meanwhile
 * nothing is stored, and the request is looked at again: what is stored has the time in it.
 */
export async function reportRequest(
  parts: RequestParts,
  request: ResourceRequest,
  { situation, recheckAfterMs, fault }: RequestAssessment,
): Promise<Outcome> {
  if (parts.skew.excessMs() !== 0) return recheckAfter(SKEW_RETRY_MS)
  const next = requestStatusAfter(request, standingOf(situation), {
    at: new Date(parts.clock.now()).toISOString(),
    published: parts.events.published(request.uid),
  })
  const recheck = recheckAfterMs === undefined ? settled : recheckAfter(recheckAfterMs)
  const before = request.status
  if (before) {
    const unpublished = { ...next, published: before.published }
    if (sameValue(before, unpublished)) return markPublished(parts, request, before, recheck)
    // each write has it looked at again: words that differ each time would be asked for without end
    if (fault && sameButForWords(before, unpublished)) return recheck
  }
  return store(parts, request, next, recheck)
}

/** Of a request that is over nothing is left to be written but that its events are out. */
export async function markOnly(parts: RequestParts, request: ResourceRequest): Promise<Outcome> {
  return request.status ? markPublished(parts, request, request.status, settled) : settled
}

async function markPublished(
  parts: RequestParts,
  request: ResourceRequest,
  before: RequestStatus,
  recheck: Outcome,
): Promise<Outcome> {
  const published = Math.max(before.published, parts.events.published(request.uid))
  const due = markNext(before, published, parts.clock.now())
  if (due === 'nothing') return recheck
  return due === 'mark' ? store(parts, request, { ...before, published }, recheck) : sooner(recheck, due.lookAfterMs)
}

async function store(
  parts: RequestParts,
  request: ResourceRequest,
  next: RequestStatus,
  recheck: Outcome,
): Promise<Outcome> {
  const result = await parts.requests.report(request, next)
  if (result.kind !== 'written')
    return afterUnwritten(result, `the status of request ${request.namespace}/${request.name}`)
  const added = next.steps - (request.status?.steps ?? 0)
  parts.observer.told(request, next, added > 0 ? next.history.slice(-added) : [])
  parts.events.send(result.request)
  return recheck
}
