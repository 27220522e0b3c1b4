import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { type KafkaConnection, kafkaClient } from '../../operator/infrastructure/kafka/connection.ts'
import { fetchSizes } from '../../operator/infrastructure/kafka/consumer/consumer-session.ts'
import { topicConsumer } from '../../operator/infrastructure/kafka/consumer/topic-consumer.ts'
import { createTopics } from '../../operator/infrastructure/kafka/topics.ts'
import { until } from '../fixtures/until.ts'
import { quiet } from '../integration/kafka/own-kafka.ts'
import { fillTopic } from './fill-topic.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const [topic, deadLetterTopic] = ['bench-consume', 'bench-consume-dead'] as const
const KEYS = 1_000
const PARTITIONS = 4
const WITHIN_MS = 300_000
const TURNS = [1, 2] as const
const value = 'x'.repeat(500)

/** Counts messages, and seconds from the first of them on: it comes once the group has formed. */
function counting(count: number) {
  let [seen, before, since] = [0, 0, 0]
  return {
    more(messages: number): void {
      if (seen === 0) [before, since] = [messages, performance.now()]
      seen += messages
    },
    async rate(): Promise<number> {
      await until('all messages', WITHIN_MS, async () => (seen >= count ? true : undefined))
      return ((seen - before) * 1_000) / (performance.now() - since)
    },
  }
}

type Reading = (connection: KafkaConnection, group: string, count: number) => Promise<number>

/** What a worker's consumer reads with a flow that does nothing, beside the library's own. */
export async function consumedMessages({ brokers }: Site, count: number): Promise<Row[]> {
  const connection = { brokers: brokers.split(','), clientId: 'kbnt-bench' }
  const topics = [topic, deadLetterTopic].map((name) => ({ name, partitions: PARTITIONS }))
  await createTopics(connection, topics, quiet)
  await fillTopic(connection, topic, { count, messageOf: (index) => ({ key: `key-${index % KEYS}`, value }) })
  const best = { bare: 0, ours: 0 }
  for (const turn of TURNS) {
    best.bare = Math.max(best.bare, await bare(connection, `bare-${turn}`, count))
    best.ours = Math.max(best.ours, await ours(connection, `ours-${turn}`, count))
  }
  const note = `${count} messages of ${value.length} bytes, ${KEYS} keys, the better of ${TURNS.length} turns`
  const what = 'consuming with a flow that does nothing'
  return [{ what, measured: best.ours, unit: '/s', bare: best.bare, bar: { atLeast: 0.8 }, note }]
}

const bare: Reading = async (connection, groupId, count) => {
  const { kafka } = kafkaClient(connection, { requestTimeoutMs: 10_000, retry: {} }, quiet)
  const consumer = kafka.consumer({ groupId, ...fetchSizes, sessionTimeout: 10_000, heartbeatInterval: 3_000 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const seen = counting(count)
  await consumer.run({
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: async ({ batch }) => seen.more(batch.messages.length),
  })
  return seen.rate().finally(() => consumer.disconnect())
}

const ours: Reading = async (connection, group, count) => {
  const seen = counting(count)
  const consumer = topicConsumer({
    ...{ connection, clock: systemClock(), logger: quiet, group, topics: [topic], deadLetterTopic, delaysMs: [] },
    flow: {
      name: 'nothing',
      async handle() {
        seen.more(1)
        return { kind: 'done' }
      },
    },
    observer: {
      ...{ handled: () => undefined, retried: () => undefined, dead: () => undefined, passed: () => undefined },
      ...{ waited: () => undefined, rebalanced: () => undefined },
    },
  })
  consumer.start()
  return seen.rate().finally(() => consumer.stop(10_000))
}
