import { setTimeout as pause } from 'node:timers/promises'
import type { EachBatchPayload, IHeaders, Kafka, KafkaMessage } from 'kafkajs'
import type { ConsumerWishes } from './consumer-wishes.ts'
import type { StoredRecord } from './formats.ts'
import { type Position, positions } from './positions.ts'
import { shelf } from './shelf.ts'

/** A member of a consumer group that hands over records when it is asked for some, as Kafka's own clients do. */
export interface GroupMember {
  /** Waits so long for a record. Throws what has ended it. */
  poll(withinMs: number): Promise<readonly StoredRecord[]>
  /** Undefined: as far as it has been read. */
  commit(offsets: readonly Position[] | undefined): Promise<void>
  /** Leaves the group. Who waits for records is answered at once. */
  close(): Promise<void>
}

export interface GroupMemberParts {
  readonly kafka: Kafka
  readonly groupId: string
  readonly topics: readonly string[]
  readonly wishes: ConsumerWishes
  readonly now: () => number
}

/** As Kafka's own clients have it. */
const MOST_RECORDS = 500
const AUTO_COMMIT_MS = 5_000
const MOST_FETCHED_BYTES = 1024 * 1024
const FETCH_WAIT_MS = 500
const SESSION_MS = 10_000
const HEARTBEAT_MS = 1_000
const PARTITIONS_AT_ONCE = 32

/** Joins the group in the background. */
export function groupMember({ kafka, groupId, topics, wishes, now }: GroupMemberParts): GroupMember {
  const records = shelf()
  const read = positions()
  let lastCommitMs = now()
  let fault: Error | undefined
  let isClosing = false
  const consumer = kafka.consumer({
    groupId,
    ...{ sessionTimeout: SESSION_MS, heartbeatInterval: HEARTBEAT_MS, allowAutoTopicCreation: false },
    ...{ minBytes: wishes.minBytes, maxBytes: MOST_FETCHED_BYTES, maxBytesPerPartition: MOST_FETCHED_BYTES },
    ...{ maxWaitTimeInMs: FETCH_WAIT_MS, readUncommitted: wishes.readUncommitted },
    retry: { retries: 5, initialRetryTime: 200, restartOnFailure: async () => !isClosing },
  })
  consumer.on(consumer.events.GROUP_JOIN, () => {
    records.clear()
    read.forget()
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) failWith(payload.error)
  })
  const joined = join().catch(failWith)

  /** For good. */
  function failWith(error: Error): void {
    fault = error
    records.close()
  }

  async function join(): Promise<void> {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: wishes.fromBeginning })
    await consumer.run({
      ...{ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: PARTITIONS_AT_ONCE },
      eachBatch: keep,
    })
  }

  /** Until all of a batch is asked for. */
  async function keep({ batch, resolveOffset, heartbeat, isRunning }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch
    const held = records.hold({
      records: batch.messages.map((message) => storedRecord(topic, partition, message)),
      taken({ offset }) {
        resolveOffset(offset)
        read.readTo(topic, partition, offset)
      },
    })
    let isGone = false
    const gone = held.gone.then(() => {
      isGone = true
    })
    try {
      while (!isGone && isRunning()) {
        await Promise.race([gone, pause(HEARTBEAT_MS)])
        await heartbeat()
      }
    } catch (error) {
      records.clear() // the group shares its partitions out anew: what nobody has asked for is brought again
      if (wishes.autoCommit) await commitRead().catch(() => undefined)
      throw error
    }
  }

  async function commitRead(): Promise<void> {
    lastCommitMs = now()
    const all = read.all()
    if (all.length > 0) await consumer.commitOffsets([...all])
  }

  return {
    async poll(withinMs) {
      if (fault) throw fault
      if (wishes.autoCommit && now() - lastCommitMs >= AUTO_COMMIT_MS) await commitRead()
      const taken = await records.take(MOST_RECORDS, withinMs)
      if (fault) throw fault
      return taken
    },
    async commit(offsets) {
      await joined
      if (fault) throw fault
      if (offsets) await consumer.commitOffsets([...offsets])
      else await commitRead()
    },
    async close() {
      isClosing = true
      records.close()
      await joined
      if (wishes.autoCommit && !fault) await commitRead().catch(() => undefined)
      await consumer.disconnect()
    },
  }
}

function storedRecord(topic: string, partition: number, message: KafkaMessage): StoredRecord {
  const { key, value, offset, timestamp } = message
  return { topic, partition, offset, timestamp, key, value, headers: headersOf(message.headers ?? {}) }
}

function headersOf(headers: IHeaders): StoredRecord['headers'] {
  return Object.entries(headers).flatMap(([key, given]) =>
    (Array.isArray(given) ? given : [given]).map((value) => ({
      key,
      value: value === undefined ? null : Buffer.from(value),
    })),
  )
}
