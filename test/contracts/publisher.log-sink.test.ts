import { PassThrough } from 'node:stream'
import type { TopicMessage } from '../../operator/application/event/publisher.ts'
import { logSink } from '../../operator/infrastructure/log-sink/log-sink.ts'
import { publisherContract } from './publisher.contract.ts'

interface SinkLine {
  readonly timestamp: string
  readonly topic: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly value: unknown
}

function messageOf({ key, headers, value, timestamp }: SinkLine): TopicMessage {
  return { key, value: JSON.stringify(value), headers, timestampMs: Date.parse(timestamp) }
}

publisherContract('logSink', async () => {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  const publisher = logSink({ stream })
  return {
    publisher,
    topics: ['one', 'two'],
    async read(topic) {
      const lines = Buffer.concat(chunks)
        .toString()
        .split('\n')
        .filter((line) => line !== '')
      return lines
        .map((line) => JSON.parse(line) as SinkLine)
        .filter((line) => line.topic === topic)
        .map(messageOf)
    },
    end: () => publisher.close(),
  }
})
