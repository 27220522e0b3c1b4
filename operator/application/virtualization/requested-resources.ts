import type { Requested, RequestedKind } from '../../domain/virtualization/requested.ts'
import type { ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import type { Target, Wanted } from '../../domain/virtualization/wish.ts'

/**
 * `made`: it is there, made for this request now or before. `taken`: somebody else's has its name. `refused`: its schema
 * does not take it. `hindered`: not for now, by a quota, a policy or a missing right.
 */
export type Making =
  | { readonly kind: 'made'; readonly resource: Requested }
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'hindered'; readonly reason: string }

/**
 * `begun`: it is going, or gone. `changed`: it is of another version by now. `hindered`: not for now, by a policy, a
 * webhook that does not answer or a missing right.
 */
export type Removing = { readonly kind: 'begun' | 'changed' } | { readonly kind: 'hindered'; readonly reason: string }

type ResourceId = Pick<Requested, 'namespace' | 'name' | 'uid'>

/** The resources of one kind that requests are about. */
export interface RequestedResources {
  /** Makes it, marked as this request's own. May be repeated. Throws when nobody knows whether it came through. */
  make(request: ResourceRequest, wanted: Wanted): Promise<Making>
  /** Exactly this one, as last seen by the watch; undefined = gone or not seen yet. */
  find(id: ResourceId): Requested | undefined
  /** Exactly this one, from the store itself; undefined = gone. Throws when that does not answer. */
  read(id: ResourceId): Promise<Requested | undefined>
  /** The one that is meant, as last seen; undefined = none, or several that claim to be it. */
  target(namespace: string, target: Target): Requested | undefined
  /** Whether all of a namespace were seen. */
  isListed(namespace: string): boolean
  /**
   * Deletes exactly this one, and with a version only while it is of that. Throws when nobody knows whether it came
   * through.
   */
  remove(id: ResourceId & { readonly resourceVersion?: string }): Promise<Removing>
  /** Its place among those that wait for capacity; undefined = it does not wait. */
  positionOf(resource: Requested): number | undefined
}

export type ResourcesByKind = Readonly<Record<RequestedKind, RequestedResources>>
