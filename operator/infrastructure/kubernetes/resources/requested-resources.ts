import { isDeepStrictEqual } from 'node:util'
import type { Capacity } from '../../../application/resource/capacity.ts'
import type { Making, RequestedResources } from '../../../application/virtualization/requested-resources.ts'
import type { Requested } from '../../../domain/virtualization/requested.ts'
import type { ResourceRequest } from '../../../domain/virtualization/resource-request.ts'
import type { Wanted } from '../../../domain/virtualization/wish.ts'
import { ApiError, ifThere, isApiError } from '../api-error.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { ResourceClient } from '../resource-client.ts'
import { failureOf, isWebhookAway } from './write-result.ts'

const REQUEST_UID = 'kbnt.io/request-uid'
const MESSAGE_ID = 'kbnt.io/message-id'
const BY_UID = 'uid'
const BY_MESSAGE = 'message'

const messageKey = (namespace: string, messageId: string) => `${namespace}/${messageId}`

/** Finds resources by their uid, and by the message that they were made for. */
export const requestedIndexers = {
  [BY_UID]: ({ metadata: { uid = '' } }: KubernetesObject): string[] => [uid],
  [BY_MESSAGE]: ({ metadata: { namespace = '', annotations = {} } }: KubernetesObject): string[] => {
    const messageId = annotations[MESSAGE_ID]
    return messageId === undefined ? [] : [messageKey(namespace, messageId)]
  },
}

export interface RequestedResourcesParts<T extends KubernetesObject> {
  readonly client: ResourceClient<T>
  /** What the watch has brought; with the indexers above. */
  readonly cache: {
    get(key: string): T | undefined
    byIndex(index: string, value: string): readonly T[]
  }
  readonly fromObject: (object: T) => Requested
  readonly isListed: (namespace: string) => boolean
  /** Absent: those of its kind never wait for any. */
  readonly capacity?: Pick<Capacity, 'find'>
}

/** The resources of requests as objects of one kind. They have no owner: whoever deletes a request ends nothing. */
export function requestedResources<T extends KubernetesObject>(parts: RequestedResourcesParts<T>): RequestedResources {
  const { client, cache, fromObject, isListed, capacity } = parts

  async function after(error: unknown, request: ResourceRequest, wanted: Wanted): Promise<Making> {
    const reason = whyHindered(error)
    if (reason !== undefined) return { kind: 'hindered', reason }
    const failure = failureOf(error)
    if (failure.kind === 'refused') return { kind: 'refused', reason: failure.reason }
    if (failure.kind !== 'conflict') throw error
    const found = (await ifThere(client.get(request.namespace, wanted.name)))?.body
    if (!found) throw error // gone meanwhile: made with the next try
    return isOwn(found, request, wanted) ? { kind: 'made', resource: fromObject(found) } : { kind: 'taken' }
  }

  return {
    async make(request, wanted) {
      try {
        const { body } = await client.create(objectFor(request, wanted) as unknown as T)
        return { kind: 'made', resource: fromObject(body) }
      } catch (error) {
        return after(error, request, wanted)
      }
    },
    find({ namespace, name, uid }) {
      const seen = cache.get(`${namespace}/${name}`)
      return seen?.metadata.uid === uid ? fromObject(seen) : undefined
    },
    async read({ namespace, name, uid }) {
      const found = (await ifThere(client.get(namespace, name)))?.body
      return found?.metadata.uid === uid ? fromObject(found) : undefined
    },
    target(namespace, target) {
      const found =
        'uid' in target
          ? cache.byIndex(BY_UID, target.uid).filter(({ metadata }) => metadata.namespace === namespace)
          : cache.byIndex(BY_MESSAGE, messageKey(namespace, target.messageId))
      const [only, ...others] = found
      return only && others.length === 0 ? fromObject(only) : undefined
    },
    isListed,
    async remove({ namespace, name, uid, resourceVersion }) {
      try {
        await ifThere(
          client.delete(namespace, name, { uid, ...(resourceVersion !== undefined && { resourceVersion }) }),
        )
        return { kind: 'begun' }
      } catch (error) {
        const reason = whyHindered(error)
        if (reason !== undefined) return { kind: 'hindered', reason }
        if (!isApiError(error, 409)) throw error
        return { kind: resourceVersion === undefined ? 'begun' : 'changed' } // of its uid, there is another by now
      }
    },
    positionOf: (resource) => capacity?.find(resource)?.status?.waitlist?.position,
  }
}

/** What somebody or something has against a write for now, which was surely not applied; undefined = nothing that is known. */
function whyHindered(error: unknown): string | undefined {
  if (error instanceof ApiError && isWebhookAway(error)) return error.message
  const failure = failureOf(error)
  return failure.kind === 'notApplied' && failure.cause !== 'NoAnswer' ? failure.reason : undefined
}

/** Anybody may write the mark: whoever has it and is what was asked for will do, whoever made it. */
function isOwn(object: KubernetesObject, request: ResourceRequest, wanted: Wanted): boolean {
  const { metadata, spec } = object as KubernetesObject & { readonly spec: object }
  const found: Readonly<Record<string, unknown>> = { ...spec }
  const isAsked = Object.entries(wanted.spec).every(([field, value]) => isDeepStrictEqual(found[field], value))
  return metadata.annotations?.[REQUEST_UID] === request.uid && isAsked
}

function objectFor({ namespace, uid, spec }: ResourceRequest, wanted: Wanted): object {
  return {
    apiVersion: 'kbnt.io/v1beta1',
    kind: wanted.kind,
    metadata: {
      ...{ namespace, name: wanted.name },
      annotations: { [REQUEST_UID]: uid, [MESSAGE_ID]: spec.messageId },
    },
    spec: wanted.spec,
  }
}
