import { type Message, Partitioners } from 'kafkajs'
import { type KafkaConnection, kafkaClient } from '../../operator/infrastructure/kafka/connection.ts'
import { quiet } from '../integration/kafka/own-kafka.ts'

const AT_ONCE = 2_000

/** Has so many messages in a topic, acknowledged. */
export async function fillTopic(
  connection: KafkaConnection,
  topic: string,
  { count, messageOf }: { readonly count: number; readonly messageOf: (index: number) => Message },
): Promise<void> {
  const retry = { retries: 5, initialRetryTime: 300, maxRetryTime: 2_000 }
  const client = kafkaClient(connection, { requestTimeoutMs: 30_000, retry }, quiet)
  const producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry })
  await producer.connect()
  for (let at = 0; at < count; at += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - at)
    await producer.send({ topic, messages: Array.from({ length }, (_, index) => messageOf(at + index)) })
  }
  await producer.disconnect()
}
