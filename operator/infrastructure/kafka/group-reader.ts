import type { Admin } from 'kafkajs'
import type { Clock } from '../../application/clock.ts'
import type { GroupOffsets } from '../../application/gateway/requests/group-progress.ts'
import { inTime } from '../../application/in-time.ts'
import type { Logger } from '../../application/logger.ts'
import { type KafkaClient, type KafkaConnection, kafkaClient } from './connection.ts'
import { groupOffsets, nextOf } from './consumer/group-offsets.ts'

export interface GroupReaderOptions {
  readonly connection: KafkaConnection
  readonly group: string
  readonly topic: string
  readonly retryTopic: string
  readonly clock: Clock
  readonly logger: Logger
}

export interface GroupReader {
  /** Rejects where the brokers don't answer. */
  read(): Promise<GroupOffsets>
  close(): Promise<void>
}

/** A cluster that has never had a group makes its coordinator with the first question. */
const LIMITS = { requestTimeoutMs: 3_000, retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 1_000 } }
const READ_MS = 5_000

/** Reads how far a group is in a topic, and what it has left in its retry topic. Connects with the first read. */
export function groupReader(options: GroupReaderOptions): GroupReader {
  const { connection, clock, logger } = options
  let session: { readonly client: KafkaClient; readonly admin: Admin; readonly connected: Promise<void> } | undefined

  function current() {
    if (session) return session
    const client = kafkaClient(connection, LIMITS, logger)
    const admin = client.kafka.admin({ retry: LIMITS.retry })
    session = { client, admin, connected: admin.connect() }
    session.connected.catch(() => undefined) // told by whoever waits for it
    return session
  }

  async function end(): Promise<void> {
    const last = session
    session = undefined
    if (last)
      await inTime(
        clock,
        1_000,
        last.admin.disconnect().catch(() => undefined),
      )
    last?.client.sever()
  }

  return {
    async read() {
      const { admin, connected } = current()
      const reading = connected.then(() => offsetsOf(admin, options))
      const settled = reading.then(
        () => undefined,
        () => undefined,
      )
      try {
        if (!(await inTime(clock, READ_MS, settled)))
          throw new Error(`the brokers do not answer within ${READ_MS / 1_000} s`)
        return await reading
      } catch (error) {
        logger.debug('how far the workers are could not be read', { error })
        void end() // the next read begins with a connection of its own
        throw error
      }
    },
    close: end,
  }
}

async function offsetsOf(admin: Admin, { group, topic, retryTopic }: GroupReaderOptions): Promise<GroupOffsets> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic, retryTopic] })
  const all = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionId: partition }) => ({ topic: name, partition })),
  )
  const offsets = await groupOffsets(admin, group, all)
  const own = offsets.filter((one) => one.topic === topic)
  const retried = offsets.filter((one) => one.topic === retryTopic)
  return {
    next: new Map(own.map((one) => [one.partition, nextOf(one)])),
    retrying: retried.reduce((sum, one) => sum + Number(one.high - nextOf(one)), 0),
  }
}
