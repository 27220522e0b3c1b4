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
}

/** Record framing, key length, timestamp: about what a message costs besides its texts. */
const MESSAGE_OVERHEAD_BYTES = 70

function bytesOf(message: TopicMessage): number {
  let bytes = MESSAGE_OVERHEAD_BYTES + Buffer.byteLength(message.key) + Buffer.byteLength(message.value)
  for (const [name, value] of Object.entries(message.headers)) bytes += name.length + Buffer.byteLength(value)
  return bytes
}

/** How many messages of `batch`, from `start` on, have room for `bytes`; and how many bytes they leave. */
function fitting({ messages }: TopicBatch, start: number, bytes: number): { end: number; left: number } {
  let left = bytes
  for (let end = start; end < messages.length; end += 1) {
    const size = bytesOf(messages[end] as TopicMessage)
    if (size > left) return { end, left: 0 }
    left -= size
  }
  return { end: messages.length, left }
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
    const { batch, sent } = progress
    const { end, left } = fitting(batch, sent, room)
    if (end > sent) parts.push({ progress, messages: batch.messages.slice(sent, end) })
    else if (parts.length === 0) return [{ progress, messages: batch.messages.slice(sent, sent + 1) }]
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
