import type { RequestStatus, ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import type { Unwritten } from '../unwritten.ts'

/** What became of a write of a request's status. */
export type RequestWrite = { readonly kind: 'written'; readonly request: ResourceRequest } | Unwritten

/** VirtualizationRequests as they were sent and as we told them. */
export interface Requests {
  /** As last seen by the watch; undefined = gone or not seen yet. */
  find(key: string): ResourceRequest | undefined
  /** All as last seen. */
  all(): Iterable<ResourceRequest>
  /** Those of a namespace that were made of a message, as last seen. */
  ofMessage(namespace: string, messageId: string): readonly ResourceRequest[]
  /** Those of a namespace that are to end what was made for a message, as last seen. */
  endingMessage(namespace: string, messageId: string): readonly ResourceRequest[]
  /** The latest version, from the store itself; undefined = none. Throws when that does not answer. */
  read(namespace: string, name: string): Promise<ResourceRequest | undefined>
  /** Replaces the status of exactly the version `base`. Never throws. */
  report(base: ResourceRequest, status: RequestStatus): Promise<RequestWrite>
  /** Deletes exactly this version. Throws when nobody knows whether it came through. */
  remove(request: ResourceRequest): Promise<'removed' | 'changed' | 'gone'>
}
