import type { Logger } from '../../application/logger.ts'
import type { RequestObserver } from '../../application/virtualization/request-parts.ts'
import { quietRequestReasons } from '../../domain/virtualization/request-reasons.ts'
import { countedType } from '../../domain/virtualization/request-types.ts'
import type { RequestedKind } from '../../domain/virtualization/requested.ts'
import {
  correlationOf,
  type RequestPhase,
  type RequestStatus,
  type RequestStep,
  type ResourceRequest,
} from '../../domain/virtualization/resource-request.ts'
import type { RequestMetrics } from './request-metrics.ts'

/** Something for `kubectl describe` to show of a request. */
export interface RequestOccurrence {
  readonly request: ResourceRequest
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

export interface RequestObserverParts {
  readonly metrics: RequestMetrics
  readonly logger: Logger
  /** Must not wait or throw. */
  readonly record: (occurrence: RequestOccurrence) => void
}

/** What was done or tried when a request came to this phase with something to say. */
const actions: Readonly<Record<RequestPhase, string>> = {
  Queued: 'Begin',
  Accepted: 'Reserve',
  Working: 'Provision',
  Completed: 'Complete',
  Failed: 'Fail',
}

/** As the lines of their own controllers call them. */
const nouns: Readonly<Record<RequestedKind, string>> = {
  ...{ VirtualMachine: 'machine', VirtualStorage: 'storage', VirtualNetwork: 'network' },
}

/** Turns what requests go through into one log line a step, metrics, and Kubernetes Events for what people ask about. */
export function requestObserver({ metrics, logger, record }: RequestObserverParts): RequestObserver {
  return {
    told(request, status, steps) {
      for (const step of steps) {
        const { operation } = step
        if (operation !== 'Request')
          metrics.ended(countedType(request.spec.messageType), endOf(step), ageOf(request, step))
        logger[operation === 'Fail' ? 'warn' : 'info'](
          operation === 'Request' ? `Request: ${request.spec.messageType}` : `${operation}: ${status.message}`,
          fieldsOf(request, status, step),
        )
      }
      const { reason, phase, message } = status
      if (quietRequestReasons.has(reason) || message === request.status?.message) return
      record({
        request,
        type: phase === 'Accepted' ? 'Normal' : 'Warning',
        reason,
        action: actions[phase],
        note: message,
      })
    },
  }
}

function endOf({ operation }: RequestStep): 'completed' | 'failed' {
  return operation === 'Fail' ? 'failed' : 'completed'
}

function ageOf({ createdAt }: ResourceRequest, { at }: RequestStep): number {
  return Math.max(0, (Date.parse(at) - createdAt) / 1_000)
}

function fieldsOf(request: ResourceRequest, { steps, history, resource }: RequestStatus, step: RequestStep) {
  const { namespace, name, uid, spec } = request
  return {
    operation: step.operation,
    ...{ namespace, request: name, messageId: spec.messageId, correlationId: correlationOf(request) },
    eventId: `${uid}-${steps - history.length + 1 + history.indexOf(step)}`,
    userId: spec.payload.userId,
    ...(resource && { [nouns[resource.kind]]: resource.name }),
  }
}
