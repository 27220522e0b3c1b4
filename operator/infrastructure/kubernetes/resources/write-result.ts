import { messageOf } from '../../../application/message-of.ts'
import { ApiError, isNotFound, UnknownOutcomeError } from '../api-error.ts'

/**
 * What a failed write means, in the words of the ports. `cause` is a metav1.StatusReason, or NoAnswer; `guard` = the rule
 * of the schema refused it that more units would be out than exist.
 */
export type Failure =
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown'; readonly reason: string; readonly cause: string }
  | { readonly kind: 'notApplied'; readonly reason: string; readonly cause: string; readonly retryAfterMs: number }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly reason: string; readonly guard: boolean }

const RETRY_MS = 1_000
const GUARD = 'more units would be out than exist'

/** What etcd says of an object above its limits; the API server passes that on as a 500 without a reason. */
const tooLargeForEtcd = [
  'etcdserver: request is too large',
  'rpc error: code = ResourceExhausted desc = trying to send message larger than max',
]

/** A webhook may give any reason, and causes are counted: what the API server itself never says is one word. */
const statusReasons: ReadonlySet<string> = new Set([
  ...['Unauthorized', 'Forbidden', 'NotFound', 'AlreadyExists', 'Conflict', 'Gone', 'Invalid', 'ServerTimeout'],
  ...['StoreReadError', 'Timeout', 'TooManyRequests', 'BadRequest', 'MethodNotAllowed', 'NotAcceptable'],
  ...['RequestEntityTooLarge', 'UnsupportedMediaType', 'InternalError', 'Expired', 'ServiceUnavailable'],
])

/**
 * Sorts a failed write by what it says of the object. Only our own schema's refusal is final. Whatever else is answered
 * below 500 is somebody's answer for now (rights, a policy, a webhook, too many requests) and was surely not applied; of
 * a time-out, a reset or a 5xx nobody knows.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof UnknownOutcomeError && !error.sent)
    return { kind: 'notApplied', reason: error.message, cause: 'NoAnswer', retryAfterMs: RETRY_MS / 4 }
  if (!(error instanceof ApiError)) return { kind: 'unknown', reason: messageOf(error), cause: 'NoAnswer' }
  const { message: reason, retryAfterMs = RETRY_MS } = error
  const later: Failure = { kind: 'notApplied', reason, cause: causeOf(error), retryAfterMs }
  if (isDenial(error)) return later // before the rest: it may carry any status, that of a missing object included
  if (isTooLarge(error)) return { kind: 'tooLarge' }
  if (isNotFound(error)) return { kind: 'gone' }
  if (error.status === 409) return { kind: 'conflict' }
  if (isSchemaRefusal(error)) return { kind: 'refused', reason, guard: reason.includes(GUARD) }
  return error.status >= 500 ? { kind: 'unknown', reason, cause: causeOf(error) } : later
}

/** Somebody's policy or webhook said no; what it says, and with which status, is its own choice. */
export function isDenial({ message }: ApiError): boolean {
  return /^admission webhook "[^"]*" denied the request|ValidatingAdmissionPolicy '[^']*'.* denied request/.test(
    message,
  )
}

/** A webhook that does not answer, and that nothing gets by: what was written was surely not applied. */
export function isWebhookAway({ status, message }: ApiError): boolean {
  return status === 500 && /^Internal error occurred: failed calling webhook /.test(message)
}

/** The schema names the object as the API server does, and each field that is wrong. */
function isSchemaRefusal({ status, message, details }: ApiError): boolean {
  const { kind = '', name = '', causes = [] } = details ?? {}
  const ours = message.startsWith(`${kind}.kbnt.io "${name}" is invalid:`)
  return status === 422 && ours && causes.some(({ field }) => field !== undefined && field !== '')
}

function isTooLarge({ status, message }: ApiError): boolean {
  return status === 413 || (status === 500 && tooLargeForEtcd.some((text) => message.includes(text)))
}

function causeOf({ status, reason }: ApiError): string {
  if (statusReasons.has(reason)) return reason
  return status >= 500 ? 'InternalError' : 'Unknown'
}
