import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, EachMessagePayload, Kafka } from 'kafkajs'
import type { Logger } from '../../application/logger.ts'
import { type KafkaConnection, kafkaClient } from './connection.ts'

/** One message as it lies in a topic. */
export interface TopicRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
  readonly timestampMs: number
}

export interface TopicReading {
  readonly connection: KafkaConnection
  readonly topics: readonly string[]
  readonly logger: Logger
}

const limits = { requestTimeoutMs: 30_000, retry: { retries: 4, initialRetryTime: 200, maxRetryTime: 5_000 } }
/** A broker that has just started loads its coordinators for some seconds. */
const joining = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
const SILENCE_LIMIT_MS = 30_000
const MOST_PATIENCE_MS = 2_000

/** Of what a consumer is given. */
export function recordOf({ topic, partition, message }: EachMessagePayload): TopicRecord {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)] as const)
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString() ?? '',
    value: message.value?.toString() ?? '',
    headers: Object.fromEntries(headers),
    timestampMs: Number(message.timestamp),
  }
}

/** Tries again what fails for a moment: the leader of a new partition may not know of its office yet. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let delayMs = 100; ; delayMs *= 2) {
    try {
      return await work()
    } catch (error) {
      const { retriable } = error as { retriable?: boolean }
      if (!retriable || delayMs > MOST_PATIENCE_MS) throw error
      await pause(delayMs)
    }
  }
}

/** Of each partition that is not empty, as `topic/partition`, the offset of its last message. */
async function lastOffsets(kafka: Kafka, topics: readonly string[]): Promise<Map<string, bigint>> {
  const admin = kafka.admin({ retry: limits.retry })
  await admin.connect()
  try {
    const offsets = await Promise.all(topics.map((topic) => patiently(() => admin.fetchTopicOffsets(topic))))
    const places = offsets.flatMap((partitions, index) =>
      partitions.map(({ partition, low, high }) => ({
        place: `${topics[index]}/${partition}`,
        low: BigInt(low),
        high: BigInt(high),
      })),
    )
    return new Map(places.filter(({ low, high }) => high > low).map(({ place, high }) => [place, high - 1n]))
  } finally {
    await admin.disconnect()
  }
}

/** A reader of its own that leaves no trace: a group nobody shares, which never commits. */
async function subscribed(kafka: Kafka, topics: readonly string[], fromBeginning: boolean): Promise<Consumer> {
  const groupId = `kbnt-reader-${randomUUID()}`
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200, retry: joining })
  await consumer.connect()
  await consumer.subscribe({ topics: [...topics], fromBeginning })
  return consumer
}

/** The next message is read when it has answered. */
type Keep<T> = (payload: EachMessagePayload) => T | undefined | Promise<T | undefined>

/** Runs the consumer until nothing is `unread` any more; rejects when it crashes or stays silent. */
async function drain<T>(consumer: Consumer, unread: Map<string, bigint>, keep: Keep<T>): Promise<T[]> {
  const records: T[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const silent = () => reject(new Error(`no message for ${SILENCE_LIMIT_MS / 1_000} s; unread: ${[...unread.keys()]}`))
  const silence = setTimeout(silent, SILENCE_LIMIT_MS)
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
  const running = consumer.run({
    autoCommit: false,
    eachMessage: async (payload) => {
      const place = `${payload.topic}/${payload.partition}`
      const offset = BigInt(payload.message.offset)
      const last = unread.get(place)
      if (last === undefined) return
      silence.refresh()
      const record = offset <= last ? await keep(payload) : undefined
      if (record !== undefined) records.push(record)
      if (offset >= last) unread.delete(place)
      if (unread.size === 0) resolve()
    },
  })
  running.catch(reject)
  await promise.finally(() => clearTimeout(silence))
  return records
}

function byPlace(a: TopicRecord, b: TopicRecord): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  if (a.partition !== b.partition) return a.partition - b.partition
  return a.offset < b.offset ? -1 : 1
}

/**
 * Everything that the topics hold at this moment, by topic, partition and offset; messages that come later are left
 * out. Throws when a topic is missing or the cluster can't be reached.
 */
export async function readTopics(reading: TopicReading): Promise<TopicRecord[]> {
  return (await readTopicsAs(reading, recordOf)).sort(byPlace)
}

/** The same, but only what `keep` makes of each message: in memory is what it answers. The order is each partition's own. */
export async function readTopicsAs<T>({ connection, topics, logger }: TopicReading, keep: Keep<T>): Promise<T[]> {
  const client = kafkaClient(connection, limits, logger)
  try {
    const unread = await lastOffsets(client.kafka, topics)
    if (unread.size === 0) return []
    const readAll = async (): Promise<T[]> => {
      const consumer = await subscribed(client.kafka, topics, true)
      return drain(consumer, new Map(unread), keep).finally(() => consumer.disconnect())
    }
    return await patiently(readAll)
  } finally {
    client.sever()
  }
}

/**
 * The topics' messages as they come, from the beginning or from now on, until the loop over it is left or `signal`
 * aborts. The order is each partition's own. Throws into the loop when the consumer crashes for good.
 */
export async function* tailTopics(
  { connection, topics, logger }: TopicReading,
  { fromBeginning = false, signal }: { fromBeginning?: boolean; signal?: AbortSignal } = {},
): AsyncGenerator<TopicRecord, void, void> {
  const client = kafkaClient(connection, limits, logger)
  const consumer = await subscribed(client.kafka, topics, fromBeginning)
  const arrivals = mailbox<TopicRecord>()
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) arrivals.fail(payload.error)
  })
  signal?.addEventListener('abort', () => arrivals.end(), { once: true })
  try {
    await consumer.run({ autoCommit: false, eachMessage: (payload) => arrivals.put(recordOf(payload)) })
    for (let record = await arrivals.take(); record; record = await arrivals.take()) yield record
  } finally {
    arrivals.end()
    await consumer.disconnect()
    client.sever()
  }
}

interface Mailbox<T> {
  /** Resolves when `item` has been taken, so that a slow taker slows the reading down. */
  put(item: T): Promise<void>
  /** Undefined after the end. */
  take(): Promise<T | undefined>
  end(): void
  fail(error: Error): void
}

/** Hands items over one by one. */
function mailbox<T>(): Mailbox<T> {
  const { promise: over, resolve: end, reject: fail } = Promise.withResolvers<undefined>()
  over.catch(() => undefined)
  const waiting: { item: T; taken: () => void }[] = []
  let wake = () => {}
  return {
    put(item) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ item, taken: resolve })
      wake()
      return Promise.race([promise, over.catch(() => undefined)])
    },
    async take() {
      if (waiting.length === 0) {
        const arrival = new Promise<void>((resolve) => {
          wake = resolve
        })
        await Promise.race([arrival, over])
      }
      const next = waiting.shift()
      next?.taken()
      return next?.item
    },
    end: () => end(undefined),
    fail,
  }
}
