import type { Away } from '../../../application/flow/away.ts'
import type { NewRequest, RequestStore, Stored } from '../../../application/virtualization/request-store.ts'
import { placeText } from '../../../domain/flow/place.ts'
import type { Message } from '../../../domain/virtualization/resource-request.ts'
import { ApiError, isApiError, isNotFound } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { VirtualizationRequest } from './generated/virtualization-request.ts'
import { isDenial, isWebhookAway } from './write-result.ts'

const DIGEST = 'kbnt.io/message-digest'
const MESSAGE_ID = 'kbnt.io/message-id'
/** Where its message lay: topic/partition/offset. */
export const ORIGIN = 'kbnt.io/message-origin'
/** A namespace's quota, in one of the ways in which the API server speaks of it. */
const QUOTA = /\bquota\b/
/** Else the kind itself is not there, which is no message's fault. */
const NO_NAMESPACE = /namespaces "[^"]*" not found/
const OF_OURS = /^vrequests\.kbnt\.io "[^"]*" not found/
const whateverTheMessage: ReadonlySet<number> = new Set([401, 404, 429])
/** In statuses of these, nobody but the message is at fault. */
const itsOwn: ReadonlySet<number> = new Set([400, 413, 422])

type Client = Pick<ResourceClient<VirtualizationRequest>, 'create' | 'get'>

/** VirtualizationRequests as the API server stores them. */
export function kubernetesRequestStore(client: Client): RequestStore {
  return {
    async create(request) {
      try {
        await client.create(requestObject(request))
        return { kind: 'made' }
      } catch (error) {
        return isApiError(error, 409) && error.reason === 'AlreadyExists'
          ? asStored(client, request)
          : storedFrom(error, request)
      }
    },
    async find(namespace, name) {
      try {
        return { kind: 'found', message: (await client.get(namespace, name)).body.spec as Message }
      } catch (error) {
        const isNone = error instanceof ApiError && isNotFound(error) && OF_OURS.test(error.message)
        return isNone ? { kind: 'none' } : away(error, false)
      }
    },
  }
}

async function asStored(client: Client, request: NewRequest): Promise<Stored> {
  try {
    const { metadata, spec } = (await client.get(request.namespace, request.name)).body
    if (metadata.deletionTimestamp !== undefined)
      return { kind: 'later', cause: 'Deleting', reason: `the request ${request.name} is being deleted` }
    return { kind: 'there', message: spec as Message } // what it asks for nobody can change; its marks anybody may write
  } catch (error) {
    if (isNotFound(error)) return away(error, false) // it went in this moment: the next try makes it
    return storedFrom(error, request)
  }
}

/** The object that a message becomes, with what tells that it is of this message. */
export function requestObject({ namespace, name, digest, spec, origin }: NewRequest): VirtualizationRequest {
  const marks = { [MESSAGE_ID]: spec.messageId, [DIGEST]: digest }
  const annotations = { ...marks, ...(origin && { [ORIGIN]: placeText(origin) }) }
  return {
    ...{
      apiVersion: 'kbnt.io/v1beta1',
      kind: 'VirtualizationRequest',
      metadata: { namespace, name, annotations },
      spec,
    },
  } as unknown as VirtualizationRequest
}

function storedFrom(error: unknown, request: NewRequest): Stored {
  if (!(error instanceof ApiError)) return away(error, false)
  const cause = whyLater(error)
  if (cause !== undefined) return { kind: 'later', cause, reason: error.message }
  return refusedFrom(error, request) ?? away(error, whateverTheMessage.has(error.status))
}

/** A word for what its namespace, or somebody's policy, has against it for now. */
function whyLater(error: ApiError): string | undefined {
  const { message, status } = error
  if (isDenial(error)) return 'Denied'
  if (isWebhookAway(error)) return 'WebhookAway'
  return status === 403 && QUOTA.test(message) ? 'QuotaExceeded' : undefined
}

function refusedFrom(error: ApiError, { namespace }: NewRequest): Stored | undefined {
  const { message: reason, status } = error
  if (isNotFound(error) && NO_NAMESPACE.test(reason))
    return { kind: 'refused', cause: 'NamespaceNotFound', reason: `there is no namespace ${namespace}: ${reason}` }
  if (error.hasCause('NamespaceTerminating'))
    return { kind: 'refused', cause: 'NamespaceTerminating', reason: `namespace ${namespace} is going: ${reason}` }
  return itsOwn.has(status) ? { kind: 'refused', cause: error.reason || 'Invalid', reason } : undefined
}

function away(error: unknown, certain: boolean): Away {
  const { message = String(error), reason, retryAfterMs } = error as Partial<ApiError>
  return {
    ...{ kind: 'away', certain, cause: reason || 'NoAnswer', reason: message },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}
