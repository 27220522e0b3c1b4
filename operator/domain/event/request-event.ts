import { digestOf, type Sha256 } from '../virtualization/identity.ts'
import { correlationOf, type RequestStatus, type ResourceRequest } from '../virtualization/resource-request.ts'
import { SERVICE } from './cloud-event.ts'
import type { StockEvent } from './event.ts'
import { stepEvent, stepOf } from './step-event.ts'

export interface RequestEventContext {
  readonly cluster: string
  /** The number of the step among the operator's own. */
  readonly number: number
  /** Of the leader that sends it: the one thing in which a redelivery may differ. */
  readonly term: number
  readonly sha256: Sha256
}

const DOMAIN = 'virtualization'

const verbs: Readonly<Record<string, string>> = { Request: 'requested', Complete: 'completed', Fail: 'failed' }

/**
 * The event of one step of a request: nothing in it but the message and, of its last step, what a status that is over
 * says for good. Throws when the step is not, or no longer, in its history.
 */
export function requestEventFrom(request: ResourceRequest, context: RequestEventContext): StockEvent {
  const { namespace, name, uid, spec, status } = request
  const { number, cluster, term, sha256 } = context
  const step = stepOf(status, number)
  const verb = verbs[step.operation]
  if (!status || verb === undefined) throw new Error(`step ${number} is not in the history`)
  const about = {
    ...{ namespace, name, uid, plural: 'vrequests', cluster, number, term, at: step.at },
    ...{ occasion: `virtualization.${verb}`, correlationId: correlationOf(request) },
  }
  return stepEvent(about, {
    eventType: `VIRTUALIZATION_${verb.toUpperCase()}`,
    timestamp: step.at,
    service: SERVICE,
    domain: DOMAIN,
    operation: step.operation.toUpperCase(),
    status: step.status.toUpperCase(),
    request: describe(request),
    requestId: name,
    originalMessageId: spec.messageId,
    checksum: digestOf(spec, sha256),
    ...(verb !== 'requested' && endOf(request, status)),
  })
}

function describe({ namespace, name, uid, spec }: ResourceRequest): object {
  const { virtualResourceId, userId, priority = 0 } = spec.payload
  const { messageType } = spec
  return { namespace, name, uid, messageType, userId, priority, virtualResourceId: virtualResourceId ?? null }
}

function endOf({ createdAt }: ResourceRequest, status: RequestStatus): object {
  const { reason, message, resource, endpoints, startedAt, completedAt } = status
  const started = startedAt === undefined ? undefined : Date.parse(startedAt)
  const ended = Date.parse(completedAt ?? '')
  return {
    ...{ reason, message, resource: resource ?? null, endpoints: endpoints ?? [] },
    durations: {
      queuedSeconds: secondsBetween(createdAt, started ?? ended),
      workingSeconds: started === undefined ? 0 : secondsBetween(started, ended),
      totalSeconds: secondsBetween(createdAt, ended),
    },
  }
}

/** The API server dates objects in whole seconds, cut off, and by a clock of its own. */
function secondsBetween(from: number, to: number): number {
  return Math.max(0, (to - from) / 1_000) || 0
}
