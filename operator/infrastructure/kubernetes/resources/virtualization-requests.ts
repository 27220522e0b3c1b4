import { inLanes } from '../../../application/in-lanes.ts'
import type { Requests, RequestWrite } from '../../../application/virtualization/requests.ts'
import { placeOf } from '../../../domain/flow/place.ts'
import { hinderedSince } from '../../../domain/virtualization/request-status.ts'
import { requestTypeOf } from '../../../domain/virtualization/request-types.ts'
import { isOver, type RequestStatus, type ResourceRequest } from '../../../domain/virtualization/resource-request.ts'
import { keyOfObject } from '../kubernetes-object.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { VirtualizationRequest } from './generated/virtualization-request.ts'
import { removeExactly } from './remove-exactly.ts'
import { ORIGIN } from './request-store.ts'
import { storedObjects } from './stored-objects.ts'

export const virtualizationRequests = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'vrequests',
  namespaced: true,
} as const

const BY_RESOURCE = 'resource'
const BY_MESSAGE = 'message'
const BY_ENDED_MESSAGE = 'ended message'
const BY_HINDRANCE = 'hindrance'
const HINDERED = 'hindered'

/** Finds requests by the uid of the resource that they are about, by their message, by the one whose resource they are to end, and those that something is against. */
export const requestIndexers = {
  [BY_MESSAGE]: ({ metadata, spec }: VirtualizationRequest): string[] => [
    messageKey(metadata.namespace ?? '', spec.messageId),
  ],
  [BY_ENDED_MESSAGE]: ({ metadata, spec }: VirtualizationRequest): string[] => {
    const { originalMessageId: ended } = spec.payload.specification
    const isEnd = requestTypeOf(spec.messageType)?.does === 'delete'
    return ended !== undefined && isEnd ? [messageKey(metadata.namespace ?? '', ended)] : []
  },
  [BY_HINDRANCE]: ({ status }: VirtualizationRequest): string[] =>
    status?.conditions?.some(({ type, status: is }) => type === 'Hindered' && is === 'True') ? [HINDERED] : [],
  [BY_RESOURCE]: ({ status }: VirtualizationRequest): string[] => (status?.resource ? [status.resource.uid] : []),
}

/** No namespace has a slash in it. */
function messageKey(namespace: string, messageId: string): string {
  return `${namespace}/${messageId}`
}

/** What the watch has brought. */
export interface RequestCache {
  get(key: string): VirtualizationRequest | undefined
  list(): Iterable<VirtualizationRequest>
  /** Found by the indexer of the same name. */
  byIndex(index: string, value: string): readonly VirtualizationRequest[]
}

export interface RequestsParts {
  readonly client: ResourceClient<VirtualizationRequest>
  readonly cache: RequestCache
  readonly onServerDate: (date: number | undefined) => void
}

/** The keys of the requests that are about a resource, as last seen. */
export function requestsAbout(cache: Pick<RequestCache, 'byIndex'>, resourceUid: string): string[] {
  return cache.byIndex(BY_RESOURCE, resourceUid).map(keyOfObject)
}

/** The keys of the requests for whatever this one is to end, as last seen. */
export function requestsEndedBy(
  cache: Pick<RequestCache, 'byIndex'>,
  { metadata, spec }: VirtualizationRequest,
): string[] {
  const { originalMessageId: ended } = spec.payload.specification
  if (ended === undefined) return []
  return cache.byIndex(BY_MESSAGE, messageKey(metadata.namespace ?? '', ended)).map(keyOfObject)
}

/** Those that are not over and that something has been against since then, in ms since 1970, or before; as last seen. */
export function requestsHindered(cache: Pick<RequestCache, 'byIndex'>, sinceMs: number): readonly ResourceRequest[] {
  return cache
    .byIndex(BY_HINDRANCE, HINDERED)
    .map(requestFromResource)
    .filter((request) => !isOver(request) && (hinderedSince(request) ?? Number.POSITIVE_INFINITY) <= sinceMs)
}

/** Requests as the API server stores them. */
export function kubernetesRequests({ client, cache, onServerDate }: RequestsParts): Requests {
  const { find, all, read, replaceStatus } = storedObjects({
    ...{ kind: 'VirtualizationRequest', client, cache, onServerDate },
    fromObject: requestFromResource,
  })

  return {
    ...{ find, all, read },
    ofMessage: (namespace, messageId) =>
      cache.byIndex(BY_MESSAGE, messageKey(namespace, messageId)).map(requestFromResource),
    endingMessage: (namespace, messageId) =>
      cache.byIndex(BY_ENDED_MESSAGE, messageKey(namespace, messageId)).map(requestFromResource),
    report: (base, status) => replaceStatus(base, status, (request): RequestWrite => ({ kind: 'written', request })),
    remove: (request) => removeExactly(client, request, onServerDate),
  }
}

/** What the operator knows of one stored VirtualizationRequest. */
function requestFromResource({ metadata, spec, status }: VirtualizationRequest): ResourceRequest {
  const { namespace = '', name = '', uid = '', resourceVersion = '', generation = 0 } = metadata
  const { creationTimestamp = '', deletionTimestamp, finalizers = [], annotations } = metadata
  const origin = placeOf(annotations?.[ORIGIN] ?? '')
  return {
    ...{ namespace, name, uid, resourceVersion, generation, finalizers, spec },
    createdAt: Date.parse(creationTimestamp),
    deleting: deletionTimestamp !== undefined,
    ...(origin && { origin }),
    ...(status && { status: status as RequestStatus }),
  }
}

/** Namespaces that are asked about at once. */
const LANES = 8
/** One that does not answer by then is not counted: all others wait for it. */
const COUNTED_WITHIN_MS = 4_000
const UNFINISHED = 'status.phase!=Completed,status.phase!=Failed'

/** How many are not over yet, by namespace, and where that can't be told now. */
export interface UnfinishedCounts {
  readonly counts: ReadonlyMap<string, number>
  readonly failed: ReadonlyMap<string, string>
}

/** Throws as the client where none can be counted, also where the API server can't select by it (before Kubernetes 1.31). */
export async function countUnfinished(
  client: Pick<ResourceClient<VirtualizationRequest>, 'listMetadata'>,
  namespaces: readonly (string | undefined)[],
): Promise<UnfinishedCounts> {
  const counts = new Map<string, number>()
  const failed = new Map<string, string>()
  await inLanes(namespaces, LANES, async (namespace) => {
    try {
      const { items } = await client.listMetadata({
        fieldSelector: UNFINISHED,
        ...(namespace !== undefined && { namespace, timeoutMs: COUNTED_WITHIN_MS }),
      })
      if (namespace !== undefined) counts.set(namespace, 0)
      for (const { metadata } of items) {
        const own = metadata.namespace ?? ''
        counts.set(own, (counts.get(own) ?? 0) + 1)
      }
    } catch (error) {
      if (namespace === undefined || failed.size === namespaces.length - 1) throw error
      failed.set(namespace, (error as Error).message)
    }
  })
  return { counts, failed }
}
