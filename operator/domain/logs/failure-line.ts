import { jsonObjectIn } from '../json-object.ts'

/** A line of a log that says that something has failed. */
export interface FailureLine {
  readonly namespace: string
  readonly service: string
  readonly level: 'ERROR' | 'FATAL'
  readonly message: string
  readonly correlationId?: string
}

/** `other`: it says that nothing has failed. */
export type LineNews =
  | { readonly kind: 'failure'; readonly line: FailureLine }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** As long as names of Kubernetes get: both become labels. */
const LONGEST_NAME = 253
/** Whoever wants all of it looks into the topic. */
const LONGEST_MESSAGE = 300

/** Reads the value of a record of a topic of logs. */
export function lineNewsFrom(text: string): LineNews {
  const said = jsonObjectIn(text)
  if (!said) return unreadable('it is not one object of JSON')
  const { level, service, message, namespace = '', correlation_id: correlationId } = said
  if (level !== 'ERROR' && level !== 'FATAL') return { kind: 'other' }
  if (!isText(service) || service === '')
    return unreadable(`it names no service, of at most ${LONGEST_NAME} characters`)
  if (!isText(namespace)) return unreadable(`its namespace is no text of at most ${LONGEST_NAME} characters`)
  if (typeof message !== 'string') return unreadable('its message is no text')
  const line = { namespace, service, level, message: message.slice(0, LONGEST_MESSAGE).toWellFormed() } as const
  return { kind: 'failure', line: { ...line, ...(isText(correlationId) && { correlationId }) } }
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LONGEST_NAME && value.isWellFormed()

const unreadable = (reason: string): LineNews => ({ kind: 'unreadable', reason })
