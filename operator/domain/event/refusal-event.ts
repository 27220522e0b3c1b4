import { type Place, placeText } from '../flow/place.ts'
import { keyOf } from '../reservation/reservation.ts'
import { digestOf, requestNameOf, type Sha256 } from '../virtualization/identity.ts'
import type { SentMessage } from '../virtualization/read-message.ts'
import { correlationOf } from '../virtualization/resource-request.ts'
import { cloudEventHeaders, positionHeaders, SERVICE, typeOf } from './cloud-event.ts'
import type { StockEvent } from './event.ts'

/** A message of which no request was made. */
export interface Refusal {
  readonly sent: SentMessage
  /** Where it was written first. */
  readonly origin: Place
  readonly cause: string
  readonly reason: string
  /** Time, ISO 8601. */
  readonly at: string
}

const VERB = 'virtualization.failed'
const UID_DIGITS = 32
const LONGEST = 128
const LONGEST_REASON = 1_024
const MOST_PRIORITY = 1_000

/**
 * The end of what was never begun, as that of a request: its uid stands for the place of the message, so that it is never
 * taken for the request of another one with the same id. Undefined where the message says what no such event may.
 */
export function refusalEventFrom(
  { sent, origin, cause, reason, at }: Refusal,
  { cluster, sha256 }: { readonly cluster: string; readonly sha256: Sha256 },
): StockEvent | undefined {
  const { namespace, message } = sent
  const { messageType, payload, messageId } = message
  const { virtualResourceId = null, userId, priority = 0 } = payload
  const correlationId = correlationOf({ spec: message })
  const isSayable =
    [messageId, userId, correlationId].every(isShort) &&
    (virtualResourceId === null || isShort(virtualResourceId)) &&
    /^[A-Z][A-Z0-9_]{0,63}$/.test(messageType) &&
    Number.isInteger(priority) &&
    Math.abs(priority) <= MOST_PRIORITY
  if (!isSayable) return undefined
  const name = requestNameOf(namespace, messageId, sha256)
  const uid = sha256(placeText(origin)).slice(0, UID_DIGITS)
  const id = `${uid}-1`
  const type = typeOf(VERB)
  const source = `/kbnt.io/${cluster}/topics/${origin.topic}`
  return {
    ...{ id, type, sequence: 1, key: keyOf(namespace, name), timestampMs: Date.parse(at) },
    headers: {
      ...cloudEventHeaders({ id, type, time: at, source, subject: placeText(origin), correlationId }),
      ...positionHeaders(1, 1),
    },
    value: JSON.stringify({
      ...{ eventId: id, eventType: 'VIRTUALIZATION_FAILED', timestamp: at, service: SERVICE, domain: 'virtualization' },
      ...{ operation: 'FAIL', status: 'FAILED' },
      request: { namespace, name, uid, messageType, userId, priority, virtualResourceId },
      ...{ requestId: name, originalMessageId: messageId, checksum: digestOf(message, sha256) },
      ...{ reason: cause, message: reason.slice(0, LONGEST_REASON), resource: null, endpoints: [] },
      durations: { queuedSeconds: 0, workingSeconds: 0, totalSeconds: 0 },
      ...{ sequence: 1, previousSequence: 0, correlationId },
    }),
  }
}

function isShort(given: unknown): boolean {
  return typeof given === 'string' && given !== '' && given.length <= LONGEST
}
