import type { Caller } from '../../../application/gateway/caller.ts'
import type { RequestFilter, Requests } from '../../../application/gateway/objects.ts'
import type { CallerCalls } from '../access/guest-calls.ts'
import { type CachedObjects, gatewayObjects, written } from './gateway-objects.ts'
import type { VirtualizationRequest } from './generated/virtualization-request.ts'
import { requestObject } from './request-store.ts'
import { seenRequest } from './shown-request.ts'

export interface GatewayRequestsParts {
  readonly cache: CachedObjects<VirtualizationRequest>
  readonly as: (caller: Caller) => CallerCalls<VirtualizationRequest>
}

/** Requests as the gateway reads them from its watch, and makes them in the caller's name. */
export function gatewayRequests({ cache, as }: GatewayRequestsParts): Requests {
  return {
    ...gatewayObjects({ cache, as, seen: seenRequest, matches }),
    create: (caller, request) => written(as(caller).create(requestObject(request)), seenRequest),
  }
}

function matches({ spec, status: told }: VirtualizationRequest, { status, user, messageId }: RequestFilter): boolean {
  if (status !== undefined && (told?.phase ?? 'Queued') !== status) return false
  if (user !== undefined && spec.payload.userId !== user) return false
  return messageId === undefined || spec.messageId === messageId
}
