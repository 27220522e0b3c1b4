import type { TopicMessages } from 'kafkajs'
import type { Delivery, TopicBatch, TopicMessage } from '../../application/event/publisher.ts'

/** How far one batch has got. */
export interface Progress {
  readonly batch: TopicBatch
  /** How many of its messages the topic has. */
  sent: number
  /** Set when it is decided; nothing more of it is sent then. */
  delivery?: Delivery
}

/** The messages of one batch that go into a request, from `progress.sent` on. */
export interface Part {
  readonly progress: Progress
  readonly messages: readonly TopicMessage[]
  /** About what they take. */
  readonly bytes: number
}

/** Record framing, key length, timestamp: about what a message costs besides its texts. */
const MESSAGE_OVERHEAD_BYTES = 70

function bytesOf(message: TopicMessage): number {
  let bytes = MESSAGE_OVERHEAD_BYTES + Buffer.byteLength(message.key) + Buffer.byteLength(message.value)
  for (const [name, value] of Object.entries(message.headers)) bytes += name.length + Buffer.byteLength(value)
  return bytes
}

/** The messages of a batch, from where it stands on, that fit into `room`; and how much room they leave. */
function fitting(progress: Progress, room: number): { part: Part; left: number } {
  const { messages } = progress.batch
  let bytes = 0
  for (let end = progress.sent; end < messages.length; end += 1) {
    const size = bytesOf(messages[end] as TopicMessage)
    if (bytes + size > room) return { part: { progress, messages: messages.slice(progress.sent, end), bytes }, left: 0 }
    bytes += size
  }
  return { part: { progress, messages: messages.slice(progress.sent), bytes }, left: room - bytes }
}

function first(progress: Progress): Part {
  const messages = progress.batch.messages.slice(progress.sent, progress.sent + 1)
  return { progress, messages, bytes: bytesOf(messages[0] as TopicMessage) }
}

/**
 * The next request: as many messages as fit into `maxBytes`, batch after batch, each from where it stands. One message
 * at least, however large; empty when nothing is left.
 */
export function nextRequest(all: readonly Progress[], maxBytes: number): Part[] {
  const parts: Part[] = []
  let room = maxBytes
  for (const progress of all) {
    if (room === 0) break
    const { part, left } = fitting(progress, room)
    if (part.messages.length > 0) parts.push(part)
    else if (parts.length === 0) return [first(progress)]
    room = left
  }
  return parts
}

/** The parts as the library takes them; a timestamp of ours, or a redelivery would differ from the first. */
export function topicMessages(parts: readonly Part[]): TopicMessages[] {
  return parts.map(({ progress, messages }) => ({
    topic: progress.batch.topic,
    messages: messages.map(({ key, value, headers, timestampMs }) => ({
      key,
      value,
      headers: { ...headers },
      timestamp: String(timestampMs),
    })),
  }))
}
