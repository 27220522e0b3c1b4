import { Partitioners, type TopicMessages } from 'kafkajs'
import type { Logger } from '../../application/logger.ts'
import { type KafkaConnection, kafkaClient } from './connection.ts'

/** One idempotent producer id at the brokers. After any failed `send` it must be given up: see kafka-publisher.ts. */
export interface ProducerSession {
  /** Connects and takes a producer id; `send` does so by itself. */
  connected(): Promise<void>
  /** Resolves when every in-sync replica has the messages; rejects with the library's error, outcome unknown. */
  send(messages: TopicMessages[]): Promise<void>
  /** Cuts the connections; what is being sent rejects and can't arrive later. */
  giveUp(): void
  /** Ends the session in an orderly way. */
  close(): Promise<void>
}

const ALL_REPLICAS = -1
/** Few and quick: whoever sends again does it with more patience and a fresh session. */
const retry = { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 }

/** A session that connects with its first `connected` or `send`. */
export function producerSession(
  connection: KafkaConnection,
  requestTimeoutMs: number,
  logger: Logger,
): ProducerSession {
  const client = kafkaClient(connection, { requestTimeoutMs, retry }, logger)
  const producer = client.kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // Java's murmur2: other clients of the cluster must find a stock's events in the partition they compute.
    createPartitioner: Partitioners.DefaultPartitioner,
    retry,
  })
  let connecting: Promise<void> | undefined
  const connected = () => {
    connecting ??= producer.connect()
    return connecting
  }
  return {
    connected,
    async send(messages) {
      await connected()
      await producer.sendBatch({ acks: ALL_REPLICAS, timeout: requestTimeoutMs, topicMessages: messages })
    },
    giveUp: client.sever,
    async close() {
      // A broker that is gone can't be told goodbye; the connections are cut either way.
      await producer.disconnect().catch(() => undefined)
      client.sever()
    },
  }
}
