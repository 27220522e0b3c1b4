import type { OutgoingEvent } from './outgoing-event.ts'

/** The most events of one spool: the schema's bound. */
const MOST_EVENTS = 256
/** The most bytes of one spool: a third of what etcd takes, because what is stored has more text around it. */
export const MOST_BYTES = 512 * 1024
/** Names of fields, quotes and commas of one event. */
const FRAME_BYTES = 160
/** About what an event takes in a spool, in bytes. */
export function bytesOf({ id, type, key, value, headers, topics }: OutgoingEvent): number {
  let bytes = FRAME_BYTES + jsonBytes(id) + jsonBytes(type) + jsonBytes(key) + jsonBytes(value)
  for (const [name, text] of Object.entries(headers)) bytes += jsonBytes(name) + jsonBytes(text) + 6
  for (const topic of topics) bytes += jsonBytes(topic) + 3
  return bytes
}

/** The same of several together. */
export function bytesOfAll(events: readonly OutgoingEvent[]): number {
  return events.reduce((sum, event) => sum + bytesOf(event), 0)
}

/** How many of these events, from the first on, fit into one spool where so much room is; at least one, however large. */
export function fitting(events: readonly OutgoingEvent[], roomBytes = MOST_BYTES): number {
  let left = Math.min(MOST_BYTES, roomBytes)
  for (const [index, event] of events.entries()) {
    left -= bytesOf(event)
    if (index === MOST_EVENTS || (left < 0 && index > 0)) return index
  }
  return events.length
}

/** What is wrong with events that were read back; undefined = they can be sent. Whoever may edit objects can write anything. */
export function flawOf(events: unknown): string | undefined {
  if (!Array.isArray(events)) return 'it has no list of events'
  for (const [index, event] of (events as unknown[]).entries()) {
    const flaw = typeof event === 'object' && event !== null ? flawOfEvent(event) : 'it is no object'
    if (flaw !== undefined) return `event ${index}: ${flaw}`
  }
  return undefined
}

function flawOfEvent(event: Partial<Record<keyof OutgoingEvent, unknown>>): string | undefined {
  const { sequence, timestampMs, headers, topics } = event
  for (const name of ['id', 'key', 'value'] as const) if (typeof event[name] !== 'string') return `${name} is no text`
  if (!Number.isSafeInteger(sequence)) return 'sequence is no whole number'
  if (!Number.isSafeInteger(timestampMs)) return 'timestampMs is no whole number'
  if (typeof headers !== 'object' || !Object.values(headers ?? [undefined]).every(isText)) return 'headers are no texts'
  const namesTopics = Array.isArray(topics) && topics.length > 0 && topics.every(isText)
  return namesTopics ? undefined : 'it names no topics'
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The UTF-8 bytes of a text inside JSON, where a quote takes two. */
function jsonBytes(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === QUOTE || code === BACKSLASH) bytes += 1
    else if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1 // a pair of surrogates has four
  }
  return bytes
}
