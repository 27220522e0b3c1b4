import type { Place } from '../flow/place.ts'
import type { Endpoint } from '../machine/machine.ts'
import type { RequestReason } from './request-reasons.ts'
import type { RequestedKind } from './requested.ts'

/** What a message says of the resource; which fields it needs depends on its type. As written, none of it was judged. */
export interface Specification {
  readonly cpu?: number
  readonly memory?: string
  readonly disk?: string
  readonly network?: { readonly name: string }
  readonly image?: string
  readonly pool?: string
  readonly poolNamespace?: string
  readonly provider?: string
  readonly runStrategy?: string
  readonly waitFor?: string
  readonly size?: string
  readonly class?: string
  readonly iops?: number
  readonly reclaim?: string
  readonly cidr?: string
  readonly vlan?: number
  readonly fabric?: string
  readonly namespaces?: readonly string[]
  readonly originalMessageId?: string
  readonly uid?: string
}

export interface Payload {
  readonly virtualResourceId?: string
  readonly resourceType?: string
  readonly specification: Specification
  readonly userId: string
  readonly priority?: number
  readonly namespace?: string
}

/** One thing that was done with a message. */
export interface RequestStep {
  readonly service: string
  readonly operation: string
  readonly status: string
  /** Time, ISO 8601. */
  readonly at: string
}

/** What was sent; it never changes. */
export interface Message {
  readonly messageId: string
  /** Absent = `messageId`. */
  readonly correlationId?: string
  readonly timestamp?: string
  readonly messageType: string
  readonly payload: Payload
  /** What others have done with it before. */
  readonly processingHistory?: readonly RequestStep[]
}

export type RequestPhase = 'Queued' | 'Accepted' | 'Working' | 'Completed' | 'Failed'

/** What was made for a request, or what it ends. */
export interface ResourceRef {
  readonly kind: RequestedKind
  readonly name: string
  /** What people call it. */
  readonly id: string
  readonly uid: string
}

export type RequestConditionType = 'Accepted' | 'Hindered' | 'Completed' | 'Finished'

export interface RequestCondition {
  readonly type: RequestConditionType
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration: number
}

export interface RequestStatus {
  readonly observedGeneration: number
  readonly phase: RequestPhase
  readonly reason: RequestReason
  readonly message: string
  /** Settled once and for all when it is first known. */
  readonly resource?: ResourceRef
  /** While it waits for capacity. */
  readonly queuePosition?: number
  /** Absent = nobody knows. */
  readonly estimatedSeconds?: number
  /** Where the resource could be reached when the request was completed. */
  readonly endpoints?: readonly Endpoint[]
  /** Since when the resource is known. Time, ISO 8601. */
  readonly startedAt?: string
  /** When it was completed, or has failed. */
  readonly completedAt?: string
  /** How many steps the operator has taken; they are the last ones in `history`. */
  readonly steps: number
  /** Up to which of them every topic is known to have the events. */
  readonly published: number
  readonly history: readonly RequestStep[]
  readonly conditions: readonly RequestCondition[]
}

/** One stored VirtualizationRequest. */
export interface ResourceRequest {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly deleting: boolean
  /** All of them are others'. */
  readonly finalizers: readonly string[]
  readonly spec: Message
  /** Where its message lay, as whoever made it says. Absent: it came by no topic, or nobody says. */
  readonly origin?: Place
  readonly status?: RequestStatus
}

/** Over for good: nothing of it changes any more but what was published. */
export function isOver({ status }: Pick<ResourceRequest, 'status'>): boolean {
  return status?.phase === 'Completed' || status?.phase === 'Failed'
}

export function correlationOf({ spec }: Pick<ResourceRequest, 'spec'>): string {
  return spec.correlationId ?? spec.messageId
}
