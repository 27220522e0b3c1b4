import { requestTypeOf } from '../../domain/virtualization/request-types.ts'
import { type Requested, type RequestedKind, type Stage, stageOf } from '../../domain/virtualization/requested.ts'
import { isOver, type ResourceRef, type ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { nameOf } from '../../domain/virtualization/standing.ts'
import type { Wanted } from '../../domain/virtualization/wish.ts'
import type { RequestAssessment } from './report-request.ts'
import type { RequestParts } from './request-parts.ts'

/** Nobody would tell us that nothing is against it any more. The longer it has lasted, the more seldom it is tried. */
const FIRST_RETRY_MS = 10_000
const LAST_RETRY_MS = 300_000
const SHARE_OF_AGE = 0.1
/** A large image may take its time. */
const SLOW_MS = 3_600_000
/** What nobody has said anything of for so long, nobody may ever say anything of. */
const SILENT_MS = 300_000

/**
 * Makes the resource of a request, once: from the first status that names it, one that is gone is not made again. Then
 * looks how it is. May be repeated.
 */
export async function assessCreation(
  parts: RequestParts,
  request: ResourceRequest,
  wanted: Wanted,
): Promise<RequestAssessment> {
  const known = request.status?.resource
  if (known) return lookAt(parts, request, known)
  const ended = endedBefore(parts, request, wanted.kind)
  if (ended) return ended
  const making = await parts.resources[wanted.kind].make(request, wanted)
  switch (making.kind) {
    case 'made':
      return made(parts, making.resource)
    case 'taken': {
      const whose = `${wanted.kind} ${wanted.name} exists and was not made for this request`
      return { situation: { kind: 'failed', reason: 'NameTaken', message: `${whose}; send another virtualResourceId` } }
    }
    case 'refused':
      return { situation: { kind: 'failed', reason: 'InvalidSpecification', message: making.reason } }
    case 'hindered': {
      const ending = endingOf(parts, request, wanted.kind)
      if (ending) {
        const message = `request ${ending.name} has ended it before anything was made: ${making.reason}`
        return { situation: { kind: 'failed', reason: 'Withdrawn', message } }
      }
      return { situation: { kind: 'hindered', message: making.reason }, recheckAfterMs: retryAfterMs(parts, request) }
    }
  }
}

/**
 * Who wanted an end of it and found nothing, as this message was on its way for so long: without that its sender would get
 * what it has ended. What was made all the same, before a crash, is looked at as ever; while nobody can tell whether
 * something was, nothing is made. Undefined = nobody did.
 */
function endedBefore(
  parts: RequestParts,
  request: ResourceRequest,
  kind: RequestedKind,
): RequestAssessment | undefined {
  const { namespace, spec } = request
  const resources = parts.resources[kind]
  const ended = endsOf(parts, request, kind).find(
    ({ status }) => status?.phase === 'Failed' && status.reason === 'ResourceNotFound',
  )
  if (!ended || resources.target(namespace, { kind, messageId: spec.messageId })) return undefined
  const message = `request ${ended.name} has ended it before this message came`
  if (resources.isListed(namespace)) return { situation: { kind: 'failed', reason: 'Withdrawn', message } }
  const unknown = `whether its ${kind} was made before that can't be told while those of namespace ${namespace} can't be listed`
  return {
    situation: { kind: 'hindered', message: `${message}; ${unknown}` },
    recheckAfterMs: retryAfterMs(parts, request),
  }
}

/** Who wants an end of what surely is not made: there is nothing to be waited for. */
function endingOf(parts: RequestParts, request: ResourceRequest, kind: RequestedKind): ResourceRequest | undefined {
  return endsOf(parts, request, kind).find((one) => !isOver(one) && !one.deleting)
}

/** Requests for the end of what this one asks for. */
function endsOf({ requests }: RequestParts, { namespace, spec }: ResourceRequest, kind: RequestedKind) {
  const ends = requests.endingMessage(namespace, spec.messageId)
  return ends.filter((one) => requestTypeOf(one.spec.messageType)?.kind === kind)
}

function retryAfterMs({ clock }: RequestParts, { createdAt }: ResourceRequest): number {
  const share = (clock.now() - createdAt) * SHARE_OF_AGE
  return Math.min(LAST_RETRY_MS, Math.max(FIRST_RETRY_MS, share))
}

async function lookAt(
  parts: RequestParts,
  { namespace }: ResourceRequest,
  known: ResourceRef,
): Promise<RequestAssessment> {
  const id = { namespace, ...known }
  const resources = parts.resources[known.kind]
  const resource = resources.find(id) ?? (await resources.read(id))
  if (resource) return made(parts, resource)
  const message = `${nameOf(known)} was deleted by somebody before it came up`
  return { situation: { kind: 'failed', reason: 'ResourceGone', message } }
}

function made({ resources, bootTimes, clock }: RequestParts, resource: Requested): RequestAssessment {
  const { kind, status } = resource
  const stage = stageOf(resource)
  const leftMs = quietUntil(resource, stage) - clock.now()
  const silent = leftMs <= 0 ? { silent: true as const } : {}
  const recheckAfterMs = leftMs > 0 ? leftMs : LAST_RETRY_MS
  if (stage === 'new') return { situation: { kind: 'made', resource, ...silent }, recheckAfterMs }
  const position = stage === 'waits' ? resources[kind].positionOf(resource) : undefined
  const bootSeconds = kind === 'VirtualMachine' && status ? bootTimes.medianSeconds(status.provider) : undefined
  const situation = { kind: 'made', resource, position, bootSeconds, ...silent } as const
  return { situation, ...(stage === 'works' && leftMs > 0 && { recheckAfterMs: leftMs }) }
}

/** When somebody should have told more of it, in ms since 1970; of one that waits for others nobody knows. */
function quietUntil({ createdAt, status }: Requested, stage: Stage): number {
  if (stage === 'new') return createdAt + SILENT_MS
  const since = Date.parse(status?.history.at(-1)?.at ?? '')
  return stage === 'works' && !Number.isNaN(since) ? since + SLOW_MS : Infinity
}
