import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { kafkaClient } from '../../operator/infrastructure/kafka/connection.ts'
import { quiet } from '../quiet-logger.ts'

/** A consumer group that reads along, as a downstream service would. */
export interface Consumption {
  /** Messages that are not yet committed by the group. */
  lag(): Promise<number>
  /** Resolves with the lag when it is 0, or with what is left of it after `withinMs`. Throws when the group can't read on. */
  drained(withinMs: number): Promise<number>
  /** Messages that the group has had. */
  received(): number
  close(): Promise<void>
}

const LOOK_MS = 250
const COMMIT_EVERY_MS = 200
const CLOSE_WITHIN_MS = 10_000
/** A broker that has just started loads its coordinators for some seconds. */
const limits = { requestTimeoutMs: 30_000, retry: { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 } }

/** Brokers answer so for a moment after a topic was made, on a busy machine for seconds. */
const notYet = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'])
const THERE_WITHIN_MS = 30_000

/** Joins with a group of its own, from the topic's beginning. Throws when the topic does not come. */
export async function consume(brokers: readonly string[], topic: string): Promise<Consumption> {
  const client = kafkaClient({ brokers, clientId: 'kbnt-load' }, limits, quiet)
  const groupId = `kbnt-load-${randomUUID()}`
  const admin = client.kafka.admin()
  const consumer = client.kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 })
  let count = 0
  let crash: Error | undefined
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) crash = error
  })
  await Promise.all([admin.connect(), consumer.connect()])
  const waits = { topic, withinMs: THERE_WITHIN_MS }
  await onceThere(waits, () => admin.fetchTopicOffsets(topic))
  await onceThere(waits, () => consumer.subscribe({ topics: [topic], fromBeginning: true }))
  await consumer.run({
    autoCommitInterval: COMMIT_EVERY_MS,
    eachMessage: () => {
      count += 1
      return Promise.resolve()
    },
  })

  async function lag(): Promise<number> {
    const ends = await onceThere(waits, () => admin.fetchTopicOffsets(topic))
    const [group] = await admin.fetchOffsets({ groupId, topics: [topic] })
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    return ends.reduce((sum, { partition, low, high }) => {
      const at = Math.max(committed.get(partition) ?? -1, Number(low)) // −1: nothing is committed yet
      return sum + Number(high) - at
    }, 0)
  }

  return {
    lag,
    async drained(withinMs) {
      const until = Date.now() + withinMs
      for (;;) {
        if (crash) throw new Error(`the consumer of ${topic} has ended: ${crash.message}`)
        const left = await lag()
        if (left === 0 || Date.now() > until) return left
        await pause(LOOK_MS)
      }
    },
    received: () => count,
    async close() {
      const gone = Promise.all([consumer.disconnect(), admin.disconnect()]).catch(() => undefined)
      await Promise.race([gone, pause(CLOSE_WITHIN_MS, undefined, { ref: false })])
      client.sever() // also from a broker that did not answer the goodbye
    },
  }
}

interface Patience {
  readonly topic: string
  readonly withinMs: number
}

/** The same, asked again while the brokers don't know the topic yet. */
async function onceThere<T>({ topic, withinMs }: Patience, ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!notYet.has(protocolError(error) ?? '')) throw error
      if (Date.now() > until)
        throw new Error(`the brokers have no topic ${topic}, or no leader for it; --audit-topic names another one`)
    }
    await pause(LOOK_MS)
  }
}

/** What the broker answered; of one that was asked several times it is in the cause. */
function protocolError(error: unknown): string | undefined {
  const { type, cause } = error as { readonly type?: string; readonly cause?: { readonly type?: string } }
  return type ?? cause?.type
}
