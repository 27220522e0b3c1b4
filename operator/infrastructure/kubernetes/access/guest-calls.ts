import type { Caller, Right } from '../../../application/gateway/caller.ts'
import { isApiError } from '../api-error.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { ResourceCalls } from '../resource-client.ts'
import { apiServerAway } from './unanswered.ts'

/** Says in whose stead this gateway's own account wrote an object last. */
export const REQUESTED_BY = 'kbnt.io/requested-by'

/** The verbs that calls of the gateway's callers need. */
export type CallerCalls<T extends KubernetesObject> = Pick<ResourceCalls<T>, 'get' | 'list' | 'create' | 'mergePatch'>

export interface GuestCallsParts<T extends KubernetesObject> {
  /** By our own account. */
  readonly calls: CallerCalls<T>
  readonly resource: Right['resource']
  /** Rejects with a Problem where the guest may not, or where that can't be told. */
  readonly may: (caller: Caller, right: Right) => Promise<void>
}

/** Calls of our own account in a guest's stead: none is sent that the guest itself would not be granted, as asked before each. */
export function guestCalls<T extends KubernetesObject>(
  { calls, resource, may }: GuestCallsParts<T>,
  guest: Caller,
): CallerCalls<T> {
  async function granted<R>(right: Omit<Right, 'resource'>, call: () => Promise<R>): Promise<R> {
    await may(guest, { ...right, resource })
    return call().catch((error: unknown) => {
      // Surely not done; and not the guest's token is what the API server does not take.
      throw isApiError(error, 401) ? apiServerAway("does not take this gateway's own token", undefined, error) : error
    })
  }
  return {
    get: (namespace, name, options) =>
      granted({ verb: 'get', namespace, name }, () => calls.get(namespace, name, options)),
    list: (options = {}) => granted({ verb: 'list', namespace: options.namespace ?? '' }, () => calls.list(options)),
    create: (object, options) =>
      granted({ verb: 'create', namespace: object.metadata.namespace ?? '' }, () =>
        calls.create(marked(object, guest), options),
      ),
    mergePatch: (namespace, name, patch, options) =>
      granted({ verb: 'patch', namespace, name }, () =>
        calls.mergePatch(namespace, name, marked(patch, guest), options),
      ),
  }
}

function marked<T extends { readonly metadata?: Pick<KubernetesObject['metadata'], 'annotations'> }>(
  object: T,
  { user }: Caller,
): T {
  const { metadata } = object
  return { ...object, metadata: { ...metadata, annotations: { ...metadata?.annotations, [REQUESTED_BY]: user } } }
}
