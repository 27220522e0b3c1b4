import { messageOf } from '../../application/message-of.ts'
import { explained } from './explained.ts'

/** What a failed request means for the topics in it. */
export type Fault =
  /** No topic could be reached. */
  | { readonly kind: 'away'; readonly reason: string }
  /** One of the topics is out of order for now. */
  | { readonly kind: 'unready'; readonly reason: string }
  /** The broker lost track of our numbering: a new producer, same messages. */
  | { readonly kind: 'misnumbered'; readonly reason: string }
  /**
   * One of the topics does not take the messages. `ofMessages`: a broker says so of messages only, that is in answer to
   * them. All else it may say when it is asked where the topic is, whatever became of messages that were sent before that.
   */
  | { readonly kind: 'refused'; readonly reason: string; readonly tooLarge: boolean; readonly ofMessages: boolean }

const misnumbered = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])

const refusals: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'the topic does not exist',
  INVALID_TOPIC_EXCEPTION: 'the topic has no valid name',
  TOPIC_AUTHORIZATION_FAILED: 'this user may not write to the topic',
  CLUSTER_AUTHORIZATION_FAILED: 'this user may not write idempotently (IdempotentWrite on the cluster)',
  MESSAGE_TOO_LARGE: 'a message is larger than the topic takes (max.message.bytes)',
  RECORD_LIST_TOO_LARGE: 'a message is larger than a segment of the topic (segment.bytes)',
  INVALID_RECORD: 'the broker calls the message invalid',
  INVALID_TIMESTAMP: 'the message is older or newer than the topic takes',
  POLICY_VIOLATION: 'a policy of the broker forbids it',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'the topic keeps an old message format without headers',
}
const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

const ofMessages = new Set([
  ...tooLarge,
  ...['INVALID_RECORD', 'INVALID_TIMESTAMP', 'POLICY_VIOLATION', 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
])

const loginFaults = new Set(['SASL_AUTHENTICATION_FAILED', 'ILLEGAL_SASL_STATE'])

interface LibraryError {
  readonly message?: string
  readonly type?: string
  readonly cause?: unknown
}

/** The protocol's own name of the fault, however deep the library has wrapped it. */
export function protocolType(error: LibraryError | undefined, depth = 0): string | undefined {
  if (!error || depth > 5) return undefined
  return error.type ?? protocolType(error.cause as LibraryError | undefined, depth + 1)
}

/** Reads an error of the library; what it doesn't know counts as a cluster that can't be reached. */
export function faultOf(error: unknown): Fault {
  const reason = messageOf(error)
  const type = protocolType(error as LibraryError)
  if (type === undefined || loginFaults.has(type)) return { kind: 'away', reason: explained(reason) }
  if (misnumbered.has(type)) return { kind: 'misnumbered', reason }
  const refusal = refusals[type]
  if (refusal !== undefined)
    return { kind: 'refused', reason: refusal, tooLarge: tooLarge.has(type), ofMessages: ofMessages.has(type) }
  return { kind: 'unready', reason }
}
