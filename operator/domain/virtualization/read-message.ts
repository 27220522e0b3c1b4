import type { Blame } from '../flow/journey.ts'
import { isObject } from '../json-object.ts'
import { DEEPEST, isDeeperThan } from '../nesting.ts'
import type { Message } from './resource-request.ts'
import { withoutNulls } from './without-nulls.ts'

/** A message as far as it has to be understood to know whose it is and where it goes; the kind's schema judges the rest. */
export interface SentMessage {
  readonly namespace: string
  readonly message: Message
}

const MOST_BYTES = 256 * 1024
/** As Kubernetes has it. */
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Why a value is not even looked at; undefined = it is. */
export function faultOfSize(value: Uint8Array): Blame | undefined {
  if (value.byteLength <= MOST_BYTES) return undefined
  return unreadable(`it has ${value.byteLength} bytes, and at most ${MOST_BYTES} are read`)
}

/** `fallback`: the namespace of messages that name none; absent: they have to. */
export function sentMessageFrom(value: Uint8Array, fallback?: string): SentMessage | Blame {
  const fault = faultOfSize(value)
  if (fault) return fault
  const content = contentOf(value)
  return content === undefined ? unreadable('it is not JSON') : sentMessageOf(content, fallback)
}

/** The same of what was read already. */
export function sentMessageOf(given: unknown, fallback?: string): SentMessage | Blame {
  if (isDeeperThan(given, DEEPEST)) return unreadable(`it is nested more than ${DEEPEST} levels deep`)
  const content = withoutNulls(given)
  if (!isObject(content)) return unreadable('it is no JSON object')
  const payload = isObject(content['payload']) ? content['payload'] : {}
  const namespace = payload['namespace'] ?? fallback
  const mistake = mistakeIn(content, payload) ?? mistakeInNamespace(namespace)
  return mistake === undefined
    ? { namespace: namespace as string, message: content as unknown as Message }
    : unreadable(mistake)
}

function mistakeIn(content: Record<string, unknown>, payload: Record<string, unknown>): string | undefined {
  const wrong = [
    ['messageId is not a text', isText(content['messageId'])],
    ['messageType is not a text', isText(content['messageType'])],
    ['payload is not an object', isObject(content['payload'])],
    ['payload.userId is not a text', isText(payload['userId'])],
    ['payload.specification is not an object', isObject(payload['specification'])],
  ] as const
  return wrong.find(([, isRight]) => !isRight)?.[0]
}

function mistakeInNamespace(namespace: unknown): string | undefined {
  if (namespace === undefined) return 'payload.namespace is missing'
  const isOne = typeof namespace === 'string' && namespaceName.test(namespace)
  return isOne ? undefined : 'payload.namespace is not the name of a namespace'
}

function unreadable(reason: string): Blame {
  return { cause: 'Unreadable', reason }
}

function contentOf(value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value)) as unknown
  } catch {
    return undefined // what was wrong with it is the sender's to find: the letter has it whole
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed()
}
