import type { Request } from '../../../application/gateway/generated/contract.ts'
import type { SeenRequest } from '../../../application/gateway/objects.ts'
import { present } from '../../../application/gateway/present.ts'
import type { Message } from '../../../domain/virtualization/resource-request.ts'
import type { VirtualizationRequest } from './generated/virtualization-request.ts'

/** A VirtualizationRequest as the gateway shows it. */
export function seenRequest(resource: VirtualizationRequest): SeenRequest {
  const { metadata, spec, status } = resource
  const { namespace = '', name = '', uid = '', generation = 0, resourceVersion = '' } = metadata
  const { messageType, payload } = spec as Message
  return {
    ...{ namespace, name, uid, generation, position: resourceVersion, shown: shownRequest(resource) },
    ...{ asked: { messageType, payload }, judged: status?.phase !== undefined },
  }
}

/** What `seenRequest` reads of one: not its conditions, which say the same again. */
export function keptRequest(resource: VirtualizationRequest): VirtualizationRequest {
  if (!resource.status?.conditions) return resource
  return { ...resource, status: { ...resource.status, conditions: [] } }
}

function shownRequest({ metadata, spec, status }: VirtualizationRequest): Request {
  const { namespace = '', name = '', creationTimestamp: createdAt } = metadata
  const { messageId, correlationId = messageId, messageType: type, payload } = spec
  const { virtualResourceId: resourceId, userId, priority } = payload
  const { phase = 'Queued', reason, message, resource, queuePosition, estimatedSeconds } = status ?? {}
  const { endpoints, startedAt, completedAt, history = spec.processingHistory } = status ?? {}
  return {
    ...{ requestId: name, namespace, status: phase, messageId, correlationId, type, userId },
    ...present({ reason, message, resourceId, priority, queuePosition, estimatedTime: estimatedSeconds }),
    ...(resource && { resource: { kind: resource.kind, name: resource.name, id: resource.id } }),
    ...present({ endpoints, history, createdAt, startedAt, completedAt }),
  }
}
