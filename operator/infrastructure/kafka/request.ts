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

/**
 * The next request: as many messages as fit into `maxBytes`, batch after batch, each from where it stands. One message
 * at least, however large; empty when nothing is left.
 */
export function nextRequest(all: readonly Progress[], maxBytes: number): Part[] {
  const parts: Part[] = []
  let bytes = 0
  for (const progress of all) {
    const { batch, sent } = progress
    let end = sent
    for (; end < batch.messages.length; end += 1) {
      bytes += bytesOf(batch.messages[end] as TopicMessage)
      if (bytes > maxBytes && (parts.length > 0 || end > sent)) break
    }
    const messages = batch.messages.slice(sent, end)
    if (messages.length > 0) parts.push({ progress, messages })
    if (bytes > maxBytes) break
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
