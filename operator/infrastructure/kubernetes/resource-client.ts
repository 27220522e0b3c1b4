import { ApiError, type StatusDetails } from './api-error.ts'
import type { KubernetesClient } from './client.ts'
import type { ApiCall, ApiResult } from './exchange.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import { eachPage, listPages, PAGE, type RawList } from './list-pages.ts'

/** Which resource; `group` is empty for the core one. */
export interface Resource {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespaced: boolean
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Default: the client's. */
  readonly timeoutMs?: number | undefined
}

export interface Selection {
  /** Absent = all namespaces. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
}

export interface ListOptions extends Selection, CallOptions {
  /** Objects per page. Default 500. */
  readonly limit?: number
}

export interface ObjectList<T> {
  readonly items: T[]
  readonly resourceVersion: string
  readonly date: number | undefined
}

export interface WatchOptions extends Selection {
  /** The version after which to begin. */
  readonly resourceVersion: string
  /** When the server is to end the watch. */
  readonly timeoutSeconds: number
  /** A connection without a byte for this long is given up; bookmarks come about once a minute. Default 120 s. */
  readonly silenceMs?: number
  readonly signal?: AbortSignal | undefined
  /** The server has taken the watch. */
  readonly onOpen?: (() => void) | undefined
}

/** A bookmark's object carries nothing but its resourceVersion. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

export interface DeleteOptions extends CallOptions {
  /** The object is deleted only while it is this one: else ApiError 409. */
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
}

export interface JsonPatchStep {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/**
 * The verbs of one resource on raw objects. All throw ApiError or UnknownOutcomeError. `namespace` is ignored where the
 * resource has none. Every read is a quorum read.
 */
export interface ResourceClient<T extends KubernetesObject> {
  get(namespace: string, name: string, options?: CallOptions): Promise<ApiResult<T>>
  /** All matching objects as of one moment, read page by page; without `managedFields`, which are often half of them. */
  list(options?: ListOptions): Promise<ObjectList<T>>
  /** The same page by page, each told before the next is asked for. Where that takes too long it begins anew: pages come again. */
  listEach(onPage: (items: readonly T[]) => Promise<void>, options?: ListOptions): Promise<void>
  /** The same without what the objects hold: of CustomResources that is a third of the time and half of the bytes. */
  listMetadata(options?: ListOptions): Promise<ObjectList<KubernetesObject>>
  create(object: T, options?: CallOptions): Promise<ApiResult<T>>
  /** Replaces exactly the version that `object` names; 409 when there is another one by now. */
  replace(object: T, options?: CallOptions): Promise<ApiResult<T>>
  /** The same for the status alone; everything else in `object` is ignored. */
  replaceStatus(object: T, options?: CallOptions): Promise<ApiResult<T>>
  mergePatch(namespace: string, name: string, patch: object, options?: CallOptions): Promise<ApiResult<T>>
  mergePatchStatus(namespace: string, name: string, patch: object, options?: CallOptions): Promise<ApiResult<T>>
  jsonPatch(
    namespace: string,
    name: string,
    steps: readonly JsonPatchStep[],
    options?: CallOptions,
  ): Promise<ApiResult<T>>
  delete(namespace: string, name: string, options?: DeleteOptions): Promise<ApiResult<unknown>>
  /** Resolves when the server ends the watch; an ERROR event is thrown as the ApiError that it carries. */
  watch(options: WatchOptions, onEvent: (event: WatchEvent<T>) => void): Promise<void>
}

type RawEvent<T> =
  | WatchEvent<T>
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number; readonly details?: StatusDetails } }

const MERGE_PATCH = 'application/merge-patch+json'
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const JSON_PATCH = 'application/json-patch+json'

/** The verbs of `resource` over `client`. */
export function resourceClient<T extends KubernetesObject>(
  client: Pick<KubernetesClient, 'call' | 'stream'>,
  resource: Resource,
): ResourceClient<T> {
  const paths = resourcePaths(resource)
  return {
    ...resourceCalls<T>(client, resource),
    watch: async (options, onEvent) => {
      const { resourceVersion, timeoutSeconds, silenceMs = 120_000, signal, onOpen } = options
      const query = { ...selectors(options), watch: 1, allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds }
      const path = paths.collection(options.namespace) + queryOf(query)
      const watchCall: ApiCall = {
        method: 'GET',
        path,
        resource: resource.plural,
        timeoutMs: silenceMs,
        signal,
        onBegin: onOpen,
      }
      return client.stream<RawEvent<T>>(watchCall, (event) => onEvent(orThrow(event)))
    },
  }
}

/** The verbs that have one answer each. */
export type ResourceCalls<T extends KubernetesObject> = Omit<ResourceClient<T>, 'watch'>

/** The verbs of `resource` that have one answer each, over `client`. */
export function resourceCalls<T extends KubernetesObject>(
  client: Pick<KubernetesClient, 'call'>,
  resource: Resource,
): ResourceCalls<T> {
  const paths = resourcePaths(resource)
  const call = <R>(method: ApiCall['method'], path: string, rest: Partial<ApiCall>): Promise<ApiResult<R>> =>
    client.call<R>({ method, path, resource: resource.plural, ...rest })
  const own = ({ metadata }: T): string => paths.object(metadata.namespace ?? '', metadata.name ?? '')
  const pages =
    <R extends KubernetesObject>(options: ListOptions, rest: Partial<ApiCall>) =>
    (query: Record<string, string | number | undefined>) => {
      const path = paths.collection(options.namespace) + queryOf({ ...selectors(options), ...query })
      return call<RawList<R>>('GET', path, { ...bounds(options), ...rest })
    }
  const list = <R extends KubernetesObject>(options: ListOptions, rest: Partial<ApiCall>): Promise<ObjectList<R>> =>
    listPages(pages<R>(options, rest), options.limit ?? PAGE)

  return {
    get: async (namespace, name, options) => call('GET', paths.object(namespace, name), bounds(options)),
    list: (options = {}) => list(options, {}),
    listEach: (onPage, options = {}) => eachPage(pages<T>(options, {}), options.limit ?? PAGE, onPage),
    listMetadata: (options = {}) => list(options, { accept: METADATA_LIST }),
    create: async (object, options) =>
      call('POST', paths.collection(object.metadata.namespace), { ...bounds(options), body: object }),
    replace: async (object, options) => call('PUT', own(object), { ...bounds(options), body: object }),
    replaceStatus: async (object, options) =>
      call('PUT', `${own(object)}/status`, { ...bounds(options), body: object }),
    mergePatch: async (namespace, name, body, options) =>
      call('PATCH', paths.object(namespace, name), { ...bounds(options), body, contentType: MERGE_PATCH }),
    mergePatchStatus: async (namespace, name, body, options) =>
      call('PATCH', `${paths.object(namespace, name)}/status`, { ...bounds(options), body, contentType: MERGE_PATCH }),
    jsonPatch: async (namespace, name, body, options) =>
      call('PATCH', paths.object(namespace, name), { ...bounds(options), body, contentType: JSON_PATCH }),
    delete: async (namespace, name, options = {}) =>
      call('DELETE', paths.object(namespace, name), { ...bounds(options), body: deleteBody(options) }),
  }
}

function orThrow<T>(event: RawEvent<T>): WatchEvent<T> {
  if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, event.object)
  return event
}

function resourcePaths({ group, version, plural, namespaced }: Resource) {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const collection = (namespace: string | undefined): string =>
    namespaced && namespace !== undefined && namespace !== ''
      ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
      : `${root}/${plural}`
  const object = (namespace: string, name: string): string => {
    if (name === '') throw new Error(`${plural}: an object without a name`) // else the call would mean the whole collection
    return `${collection(namespace)}/${encodeURIComponent(name)}`
  }
  return { collection, object }
}

function selectors({ labelSelector, fieldSelector }: Selection): Record<string, string | undefined> {
  return { labelSelector, fieldSelector }
}

function queryOf(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  return given.length === 0
    ? ''
    : `?${given.map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`).join('&')}`
}

function bounds({ signal, timeoutMs }: CallOptions = {}): Pick<ApiCall, 'signal' | 'timeoutMs'> {
  return { signal, timeoutMs }
}

function deleteBody({ uid, resourceVersion, propagationPolicy }: DeleteOptions): object {
  const named = uid !== undefined || resourceVersion !== undefined
  return { ...(named ? { preconditions: { uid, resourceVersion } } : {}), propagationPolicy }
}
