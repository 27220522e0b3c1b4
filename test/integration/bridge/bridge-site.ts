import { randomUUID } from 'node:crypto'
import { type BridgeOptions, startBridge } from '../../../hack/bridge/bridge.ts'
import { quiet } from '../../../hack/quiet-logger.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { type BridgeAnswer, type BridgeClient, bridgeClient } from '../../fixtures/bridge-client.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

export const typeOf = (format: string) => `application/vnd.kafka.${format}.v2+json`

/** A bridge before a real Kafka. */
export interface BridgeSite extends BridgeClient {
  readonly url: string
  /** A topic that nobody else has. */
  topic(partitions?: number, name?: string): Promise<string>
  /** Creates a consumer, subscribes it, and answers the path to it. */
  consumer(topic: string, given?: ConsumerGiven): Promise<string>
  /** Reads until there are so many records. */
  read(path: string, format: string, count: number): Promise<BridgeAnswer['body']>
  send(topic: string, format: string, ...records: readonly object[]): Promise<BridgeAnswer>
  end(): Promise<void>
}

interface ConsumerGiven {
  readonly group?: string
  readonly name?: string
  readonly format?: string
  readonly more?: object
}

export async function bridgeSite(options: Partial<BridgeOptions> = {}): Promise<BridgeSite> {
  const connection = options.connection ?? { brokers: (await testbed().kafka()).split(','), clientId: 'test' }
  const bridge = await startBridge({ port: 0, ...options, connection })
  const client = bridgeClient(bridge.url)
  return {
    ...client,
    ...{ url: bridge.url, end: bridge.close },
    async topic(partitions = 1, name = `bridge-${randomUUID()}`) {
      await createTopics(connection, [{ name, partitions }], quiet)
      return name
    },
    async consumer(topic, { group = randomUUID(), name = 'one', format = 'json', more = {} } = {}) {
      const body = { name, format, 'auto.offset.reset': 'earliest', 'enable.auto.commit': false, ...more }
      const created = await client.post(`/consumers/${group}`, { body })
      const path = new URL(created.body.base_uri).pathname
      await client.post(`${path}/subscription`, { body: { topics: [topic] } })
      return path
    },
    async read(path, format, count) {
      const records: object[] = []
      return until(`${count} records`, 30_000, async () => {
        const { status, body } = await client.get(`${path}/records?timeout=1000`, { accept: typeOf(format) })
        if (status !== 200) throw new Error(JSON.stringify(body))
        records.push(...body)
        return records.length >= count ? records : undefined
      })
    },
    send: (topic, format, ...records) => client.post(`/topics/${topic}`, { type: typeOf(format), body: { records } }),
  }
}
