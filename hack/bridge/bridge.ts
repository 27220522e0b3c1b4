import { type KafkaConnection, kafkaClient } from '../../operator/infrastructure/kafka/connection.ts'
import { quiet } from '../quiet-logger.ts'
import { bridgeConsumer } from './bridge-consumer.ts'
import { reasonOf } from './bridge-error.ts'
import { type BridgeServer, bridgeServer } from './bridge-server.ts'
import { consumerDesk } from './consumer-desk.ts'
import { sender } from './sender.ts'
import { topicCatalogue } from './topic-catalogue.ts'

export interface BridgeOptions {
  readonly connection: KafkaConnection
  /** Where it listens on this machine; 0: any free one. */
  readonly port: number
  /** After which a consumer that nobody uses is deleted. Default: five minutes. */
  readonly unusedMs?: number
  /** Default: 100. */
  readonly mostConsumers?: number
}

export const BRIDGE_PORT = 8082
const UNUSED_MS = 300_000
const MOST_CONSUMERS = 100
const limits = { requestTimeoutMs: 30_000, retry: { retries: 4, initialRetryTime: 200, maxRetryTime: 2_000 } }

/**
 * Stands in for Strimzi's Kafka Bridge (that of AMQ Streams) on a developer's machine: the calls that people try first, with
 * its statuses, types and words. Throws where the brokers don't answer, or the port is taken.
 */
export async function startBridge({ connection, port, ...wishes }: BridgeOptions): Promise<BridgeServer> {
  const { unusedMs = UNUSED_MS, mostConsumers = MOST_CONSUMERS } = wishes
  const { kafka, sever } = kafkaClient(connection, limits, quiet)
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })]
  const catalogue = topicCatalogue(admin)
  const now = () => performance.now()
  const consumers = consumerDesk({
    make(groupId, wishes) {
      const own = kafkaClient(connection, { ...limits, requestTimeoutMs: wishes.requestTimeoutMs }, quiet)
      return bridgeConsumer({ kafka: own.kafka, groupId, wishes, topicNames: catalogue.names, now })
    },
    ...{ mostConsumers, unusedMs, now },
  })
  const leave = async () => {
    await consumers.close().catch(() => undefined)
    await Promise.allSettled([admin.disconnect(), producer.disconnect()])
    sever()
  }
  try {
    await Promise.all([admin.connect(), producer.connect()])
    const server = await bridgeServer({ catalogue, send: sender(producer, catalogue), consumers, port })
    const timer = setInterval(() => void consumers.endUnused().catch(() => undefined), unusedMs / 2)
    return {
      url: server.url,
      async close() {
        clearInterval(timer)
        await leave() // first: whoever waits for records is answered
        await server.close()
      },
    }
  } catch (error) {
    await leave()
    throw new Error(`no bridge to ${connection.brokers.join(', ')}: ${reasonOf(error)}`)
  }
}
