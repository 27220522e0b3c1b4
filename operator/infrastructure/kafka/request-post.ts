import { type Message, Partitioners, type Producer, type RecordMetadata } from 'kafkajs'
import type { Clock } from '../../application/clock.ts'
import type { TopicMessage } from '../../application/event/publisher.ts'
import type { Posted, RequestTopic } from '../../application/gateway/requests/request-topic.ts'
import { inTime } from '../../application/in-time.ts'
import type { Logger } from '../../application/logger.ts'
import { type KafkaClient, type KafkaConnection, kafkaClient } from './connection.ts'
import { faultOf } from './fault.ts'
import { areSurelyAway, type Sent } from './surely-away.ts'

export interface RequestPostOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly clock: Clock
  readonly logger: Logger
}

export interface RequestPost extends RequestTopic {
  /** Once nothing is posted any more. */
  close(): Promise<void>
}

interface Letter {
  readonly message: TopicMessage
  readonly end: (posted: Posted) => void
}

/** The producer in use, with the partition that each message went to, and how often it was sent there. */
interface Session {
  readonly client: KafkaClient
  readonly producer: Producer
  readonly partitions: WeakMap<Message, number>
  readonly tries: WeakMap<Message, number>
  readonly connected: Promise<void>
}

const ALL_REPLICAS = -1
const REQUEST_TIMEOUT_MS = 4_000
/** Of a round, connecting included: calls wait for it. */
const ROUND_MS = 6_000
const MOST_OF_ROUND = 200
/** Of the texts: a topic's limit is for all messages of a round to one partition together. */
const MOST_BYTES_OF_ROUND = 512 * 1024
const MOST_WAITING = 2_000
const CLOSE_MS = 5_000
const retry = { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 }

/**
 * Takes requests to their topic, acknowledged by all in-sync replicas: what waits goes together, round after round. Tells
 * of each where it is. After any failure another producer is taken, since nobody knows what this one's numbers stand for.
 */
export function requestPost({ connection, topic, clock, logger }: RequestPostOptions): RequestPost {
  let waiting: Letter[] = []
  let running: Promise<void> | undefined
  let session: Session | undefined
  let isClosed = false

  function current(): Session {
    session ??= newSession(connection, logger)
    return session
  }

  function giveUp(): void {
    session?.client.sever()
    session = undefined
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const round = waiting.slice(0, roundOf(waiting))
      waiting = waiting.slice(round.length)
      await send(round)
    }
    running = undefined
  }

  async function send(round: readonly Letter[]): Promise<void> {
    const messages = round.map(({ message }) => recordOf(message))
    const { connected, producer, partitions, tries } = current()
    let sending = false
    let isOver = false
    const work = (async (): Promise<readonly Posted[]> => {
      await connected
      if (isOver) throw new Error('no connection in time')
      sending = true
      const acks = { acks: ALL_REPLICAS, timeout: REQUEST_TIMEOUT_MS }
      return placesOf(messages, partitions, await producer.send({ ...acks, topic, messages }))
    })()
    const failed = (reason: string, certain: boolean) =>
      round.map((): Posted => ({ kind: certain ? 'away' : 'unknown', reason }))
    const sentOf = (message: Message): Sent => ({
      tries: tries.get(message) ?? 0,
      partition: partitions.get(message),
    })
    let posted: readonly Posted[] = failed(`no answer within ${ROUND_MS / 1_000} s`, false)
    let isWell = false
    const tried = work.then(
      (places) => {
        posted = places
        isWell = true
      },
      (error: unknown) => {
        const fault = faultOf(error)
        posted = failed(fault.reason, !sending || areSurelyAway(fault, messages.map(sentOf)))
      },
    )
    const ended = await inTime(clock, ROUND_MS, tried)
    isOver = true
    if (!ended && !sending) posted = failed('no connection', true)
    if (!isWell) {
      giveUp()
      // nobody waits for one time limit behind another
      for (const { end } of waiting.splice(0)) end({ kind: 'away', reason: 'what was sent before has failed' })
    }
    for (const [index, { end }] of round.entries())
      end(posted[index] ?? { kind: 'unknown', reason: 'no place was told' })
  }

  return {
    post(message) {
      if (isClosed) return Promise.resolve({ kind: 'away', reason: 'this gateway ends' })
      if (waiting.length >= MOST_WAITING) return Promise.resolve({ kind: 'away', reason: 'too many wait for it' })
      return new Promise((end) => {
        waiting.push({ message, end })
        running ??= run()
      })
    },
    async close() {
      isClosed = true
      await running
      const last = session
      session = undefined
      if (last)
        await inTime(
          clock,
          CLOSE_MS,
          last.producer.disconnect().catch(() => undefined),
        )
      last?.client.sever()
    },
  }
}

function newSession(connection: KafkaConnection, logger: Logger): Session {
  const client = kafkaClient(connection, { requestTimeoutMs: REQUEST_TIMEOUT_MS, retry }, logger)
  const partitions = new WeakMap<Message, number>()
  const tries = new WeakMap<Message, number>()
  const choose = Partitioners.DefaultPartitioner()
  const producer = client.kafka.producer({
    ...{ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, retry },
    // the library tells the first offset of each partition, and not which messages went there
    createPartitioner: () => (args) => {
      const partition = choose(args)
      partitions.set(args.message, partition)
      tries.set(args.message, (tries.get(args.message) ?? 0) + 1)
      return partition
    },
  })
  const connected = producer.connect()
  connected.catch(() => undefined) // told by whoever waits for it
  return { client, producer, partitions, tries, connected }
}

/** How many of those that wait go together: one at least. */
function roundOf(waiting: readonly Letter[]): number {
  let bytes = 0
  const end = waiting.findIndex(({ message: { key, value } }, index) => {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
    return index === MOST_OF_ROUND || (index > 0 && bytes > MOST_BYTES_OF_ROUND)
  })
  return end === -1 ? waiting.length : end
}

function recordOf({ key, value, headers, timestampMs }: TopicMessage): Message {
  return { key, value, headers: { ...headers }, timestamp: String(timestampMs) }
}

/** In each partition they stand one behind the other, in their order. */
function placesOf(
  messages: readonly Message[],
  partitions: WeakMap<Message, number>,
  told: readonly RecordMetadata[],
): readonly Posted[] {
  const next = new Map(told.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? -1)]))
  return messages.map((message): Posted => {
    const partition = partitions.get(message)
    const offset = partition === undefined ? undefined : next.get(partition)
    if (partition === undefined || offset === undefined || offset < 0n)
      return { kind: 'unknown', reason: 'the brokers did not say where it is' }
    next.set(partition, offset + 1n)
    return { kind: 'taken', partition, offset }
  })
}
