import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, ITopicConfig } from 'kafkajs'
import { parse } from 'yaml'
import type { Logger } from '../../application/logger.ts'
import { type KafkaConnection, kafkaClient } from './connection.ts'

/** A topic as config/topics.yaml lists it. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly retentionMs?: number
  /** Of a batch of records; absent: as the brokers have it. */
  readonly maxMessageBytes?: number
  /** Brokers date its records, and not whoever writes them. */
  readonly appendTime?: true
  /** Copies of each partition; absent: three, or as many as there are brokers. */
  readonly replication?: number
}

const limits = { requestTimeoutMs: 10_000, retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000 } }
const WANTED_COPIES = 3
const CREATE_TIMEOUT_MS = 10_000
const LOOK_EVERY_MS = 100

/** The list `topics` of a YAML text. Throws when there is none. */
export function topicsFromYaml(text: string): TopicSpec[] {
  const document = parse(text) as { topics?: TopicSpec[] } | null
  if (!document?.topics) throw new Error('the topics file has no list "topics"')
  return document.topics
}

function topicConfig(topic: TopicSpec, brokers: number): ITopicConfig {
  return {
    topic: topic.name,
    numPartitions: topic.partitions,
    replicationFactor: topic.replication ?? Math.min(WANTED_COPIES, brokers),
    configEntries: [
      ...(topic.retentionMs === undefined ? [] : [{ name: 'retention.ms', value: String(topic.retentionMs) }]),
      ...(topic.maxMessageBytes === undefined
        ? []
        : [{ name: 'max.message.bytes', value: String(topic.maxMessageBytes) }]),
      ...(topic.appendTime ? [{ name: 'message.timestamp.type', value: 'LogAppendTime' }] : []),
    ],
  }
}

/**
 * Creates those topics that the cluster lacks and answers their names; existing ones stay as they are. For clusters
 * of our own (quickstart, tests, the dev setting): elsewhere topics belong to whoever runs the cluster.
 */
export async function createTopics(
  connection: KafkaConnection,
  topics: readonly TopicSpec[],
  logger: Logger,
): Promise<string[]> {
  const client = kafkaClient(connection, limits, logger)
  const admin = client.kafka.admin({ retry: limits.retry })
  try {
    await admin.connect()
    const existing = new Set(await admin.listTopics())
    const missing = topics.filter(({ name }) => !existing.has(name))
    if (missing.length === 0) return []
    const { brokers } = await admin.describeCluster()
    await admin.createTopics({
      topics: missing.map((topic) => topicConfig(topic, brokers.length)),
      waitForLeaders: false,
      timeout: CREATE_TIMEOUT_MS,
    })
    const names = missing.map(({ name }) => name)
    await untilLed(admin, names)
    return names
  } finally {
    await admin.disconnect().catch(() => undefined)
    client.sever()
  }
}

/** Waits until a broker names a leader for all. The library's own wait ends when that broker has not heard of a topic yet. */
async function untilLed(admin: Pick<Admin, 'fetchTopicMetadata'>, topics: string[]): Promise<void> {
  for (let left = CREATE_TIMEOUT_MS / LOOK_EVERY_MS; ; left -= 1) {
    try {
      await admin.fetchTopicMetadata({ topics })
      return
    } catch (error) {
      const { type = '' } = error as { readonly type?: string }
      if (left === 0 || !notYet.has(type)) throw error
    }
    await sleep(LOOK_EVERY_MS)
  }
}

const notYet: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'])
