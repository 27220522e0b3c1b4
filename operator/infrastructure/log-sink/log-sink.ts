import type { Writable } from 'node:stream'
import type { Delivery, EventPublisher, TopicBatch, TopicMessage } from '../../application/event/publisher.ts'

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function lineOf(topic: string, { key, value, headers, timestampMs }: TopicMessage): string {
  const timestamp = new Date(timestampMs).toISOString()
  return `${JSON.stringify({ timestamp, topic, key, headers, value: jsonOrText(value) })}\n`
}

function written(stream: Writable, text: string): Promise<Delivery> {
  return new Promise((resolve) => {
    stream.write(text, (error) => {
      resolve(error ? { kind: 'unavailable', reason: error.message } : { kind: 'acknowledged' })
    })
  })
}

/**
 * Publishes to a stream, one JSON line for each message: the default where no Kafka is configured. A batch is
 * acknowledged when the stream has taken its lines. Closing leaves the stream open; it belongs to the caller.
 */
export function logSink({ stream }: { stream: Writable }): EventPublisher {
  let closed = false
  let writing: Promise<unknown> = Promise.resolve()
  // Without a listener a broken pipe would end the process; the write's own answer tells of it.
  stream.on('error', () => undefined)

  function deliver({ topic, messages }: TopicBatch): Promise<Delivery> {
    if (closed) return Promise.resolve({ kind: 'unavailable', reason: 'the publisher is closed' })
    if (messages.length === 0) return Promise.resolve({ kind: 'acknowledged' })
    return written(stream, messages.map((message) => lineOf(topic, message)).join(''))
  }
  return {
    publish(batches) {
      const deliveries = Promise.all(batches.map(deliver))
      writing = deliveries
      return deliveries
    },
    async close() {
      closed = true
      await writing
    },
  }
}
