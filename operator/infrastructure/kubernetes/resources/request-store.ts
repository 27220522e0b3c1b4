import type { NewRequest, RequestStore, Stored } from '../../../application/virtualization/take-requests.ts'
import { ApiError, isApiError, isNotFound } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { VirtualizationRequest } from './generated/virtualization-request.ts'
import { isDenial } from './write-result.ts'

const DIGEST = 'kbnt.io/message-digest'
const MESSAGE_ID = 'kbnt.io/message-id'
/** A namespace's quota, as the API server words it. */
const QUOTA = /exceeded quota/
/** Else the kind itself is not there, which is no message's fault. */
const NO_NAMESPACE = /namespaces "[^"]*" not found/
const whateverTheMessage: ReadonlySet<number> = new Set([401, 403, 404, 429])
/** In statuses of these, nobody but the message is at fault. */
const itsOwn: ReadonlySet<number> = new Set([400, 413, 422])

type Client = Pick<ResourceClient<VirtualizationRequest>, 'create' | 'get'>

/** VirtualizationRequests as the API server stores them. */
export function kubernetesRequestStore(client: Client): RequestStore {
  return {
    async create(request) {
      try {
        await client.create(objectOf(request))
        return { kind: 'there', digest: request.digest }
      } catch (error) {
        return isApiError(error, 409) && error.reason === 'AlreadyExists'
          ? asStored(client, request)
          : storedFrom(error, request)
      }
    },
  }
}

/** Somebody else's object of that name has no digest, or another one. */
async function asStored(client: Client, request: NewRequest): Promise<Stored> {
  try {
    const { body } = await client.get(request.namespace, request.name)
    return { kind: 'there', digest: body.metadata.annotations?.[DIGEST] }
  } catch (error) {
    if (isNotFound(error)) return away(error, false) // it went in this moment: the next try makes it
    return storedFrom(error, request)
  }
}

function objectOf({ namespace, name, digest, spec }: NewRequest): VirtualizationRequest {
  const annotations = { [MESSAGE_ID]: spec.messageId, [DIGEST]: digest }
  return {
    ...{
      apiVersion: 'kbnt.io/v1beta1',
      kind: 'VirtualizationRequest',
      metadata: { namespace, name, annotations },
      spec,
    },
  } as unknown as VirtualizationRequest
}

function storedFrom(error: unknown, { namespace }: NewRequest): Stored {
  if (!(error instanceof ApiError)) return away(error, false)
  const { message: reason, status } = error
  if (isDenial(error)) return { kind: 'later', cause: 'Denied', reason }
  if (isNotFound(error) && NO_NAMESPACE.test(reason))
    return { kind: 'refused', cause: 'NamespaceNotFound', reason: `there is no namespace ${namespace}: ${reason}` }
  if (error.hasCause('NamespaceTerminating'))
    return { kind: 'refused', cause: 'NamespaceTerminating', reason: `namespace ${namespace} is going: ${reason}` }
  if (status === 403 && QUOTA.test(reason)) return { kind: 'later', cause: 'QuotaExceeded', reason }
  if (itsOwn.has(status)) return { kind: 'refused', cause: error.reason || 'Invalid', reason }
  return away(error, whateverTheMessage.has(status))
}

function away(error: unknown, certain: boolean): Stored {
  const { message = String(error), reason, retryAfterMs } = error as Partial<ApiError>
  return {
    ...{ kind: 'away', certain, cause: reason || 'NoAnswer', reason: message },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}
