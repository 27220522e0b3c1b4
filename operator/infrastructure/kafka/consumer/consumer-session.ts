import type { Admin, Consumer } from 'kafkajs'
import { backOff } from '../../../application/clock.ts'
import type { TopicPartition } from '../../../application/flow/flow.ts'
import { trouble } from '../../../application/flow/trouble.ts'
import { kafkaClient } from '../connection.ts'
import { type ConsumerLimits, type ConsumerOptions, usualLimits } from './consumer-options.ts'
import type { Forwarder } from './forwarder.ts'
import { groupMembers, groupOffsets, memberOffsets, nameOf, type PartitionOffsets } from './group-offsets.ts'
import { jointCommits } from './joint-commits.ts'
import { followMembership, type Membership } from './membership.ts'
import { partitionTurns } from './partition-turns.ts'
import { type PartitionState, workThrough } from './partition-work.ts'
import { pauses } from './pauses.ts'
import { type Replay, replay } from './replay.ts'
import { tellTooSmall } from './topic-sizes.ts'
import { type KeptTopic, keptFor, mustSuit } from './topic-terms.ts'

/** One member of the group, from its connection to its end. */
export interface ConsumerSession {
  readonly membership: Membership
  /** Resolves with why it can't go on. Never by `close`. */
  readonly crashed: Promise<Error>
  /** Of the partitions that are ours, as the brokers say now; they are asked even while none are. Throws when they don't. */
  offsets(): Promise<PartitionOffsets[]>
  /** How many share the group, as the brokers say now. Throws when they don't. */
  members(): Promise<number>
  /** When the first message that is not done was written, as far as it was fetched; else the last one that is done. */
  reachedMs(partition: TopicPartition): number | undefined
  /** How long its topics keep messages; without those of which that isn't known, or that keep them for ever. */
  readonly kept: readonly KeptTopic[]
  /** Partitions whose first message waits. */
  readonly waiting: number
  /** Finishes and commits what is begun, leaves the group. Cuts the connections after `graceMs`, whatever is under way. */
  close(graceMs: number): Promise<boolean>
}

const REQUEST_TIMEOUT_MS = 10_000
/** Few: whoever opens a session opens another one when this one fails. */
const retry = { retries: 5, initialRetryTime: 300, maxRetryTime: 2_000, restartOnFailure: async () => false }
const HEARTBEAT_SHARE = 0.3
const PARTITIONS_AT_ONCE = 4
/**
 * What a fetch brings at most, of one partition and of one broker. With three brokers no more than 128 MiB is in memory: a
 * fetch of each that is worked on, one of each that hangs beyond `mostHeldBytes`, and these.
 */
export const fetchSizes = { maxBytesPerPartition: 1024 * 1024, maxBytes: 16 * 1024 * 1024, maxWaitTimeInMs: 500 }

/** Joins the group and begins to read. Throws when a topic is missing or the brokers can't be reached. */
export async function openConsumerSession(options: ConsumerOptions, forwarder: Forwarder): Promise<ConsumerSession> {
  const limits = { ...usualLimits, ...options.limits }
  const client = kafkaClient(options.connection, { requestTimeoutMs: REQUEST_TIMEOUT_MS, retry }, options.logger)
  const admin = client.kafka.admin({ retry })
  try {
    await admin.connect()
    const read = [...options.topics, ...(options.retryTopic === undefined ? [] : [options.retryTopic])]
    await mustExist(admin, [...read, options.deadLetterTopic])
    if (options.goesByAge || options.retryTopic !== undefined) await mustSuit(admin, options, options.logger.warn)
    await tellTooSmall(admin, options, options.logger.warn)
    const kept = await keptFor(admin, options.topics)
    const consumer = client.kafka.consumer({
      groupId: options.group,
      sessionTimeout: limits.sessionMs,
      heartbeatInterval: limits.sessionMs * HEARTBEAT_SHARE,
      ...fetchSizes,
      allowAutoTopicCreation: false,
      retry,
    })
    await consumer.connect()
    await consumer.subscribe({ topics: read, fromBeginning: true })
    return await running({ options, limits, forwarder, consumer, admin, sever: client.sever, kept })
  } catch (error) {
    client.sever()
    throw error
  }
}

/** Looks by itself: the library would ask for a missing topic for ever, and nobody would learn of a missing dead-letter topic. */
async function mustExist(admin: Admin, topics: readonly string[]): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = topics.filter((topic) => !existing.has(topic))
  if (missing.length === 0) return
  const words = `no such topic, or none that this user may see: ${missing.join(', ')}`
  const error = new Error(`${words}; the chart kbnt-kafka makes it, and for trials the setting kafka.createTopics`)
  throw Object.assign(error, { reason: 'NoSuchTopic' })
}

interface SessionParts {
  readonly options: ConsumerOptions
  readonly limits: ConsumerLimits
  readonly forwarder: Forwarder
  readonly consumer: Consumer
  readonly admin: Admin
  readonly sever: () => void
  readonly kept: readonly KeptTopic[]
}

async function running(parts: SessionParts): Promise<ConsumerSession> {
  const { options, consumer, admin, sever } = parts
  const { clock, group, logger } = options
  let isEnding = false
  let isOver = false
  const states = partitionStates(parts)
  const held = pauses({ consumer, clock, isOver: () => isOver })
  const memory = recalling(parts, held)
  const crashed = Promise.withResolvers<Error>()
  consumer.on(consumer.events.STOP, () => {
    isOver = true
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => crashed.resolve(payload.error))
  const membership = followMembership(consumer, clock, {
    joined(partitions) {
      states.clear()
      held.clear()
      logger.info('partitions given out', { partitions: partitions.map(nameOf) })
      options.observer.rebalanced()
      memory.begin(partitions, () => membership.generation)
    },
  })
  const work = {
    ...{
      clock,
      membership,
      sessionMs: parts.limits.sessionMs,
      pauses: held,
      commits: jointCommits(clock),
      replay: memory.now,
      stateOf: states.of,
      reached: states.reached,
      ending: () => isEnding,
    },
    chunk: {
      ...options,
      forwarding: parts.forwarder,
      mostHandlingMs: parts.limits.mostHandlingMs,
    },
  }
  const { mostHeldBytes } = parts.limits
  const turns = partitionTurns({ ...work, mostHeldBytes, work: (payload) => workThrough(work, payload) })
  await consumer.run({
    ...{ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: PARTITIONS_AT_ONCE },
    eachBatch: turns.eachBatch,
  })
  return {
    membership,
    crashed: crashed.promise,
    kept: parts.kept,
    offsets: () => memberOffsets(admin, options, membership.partitions),
    members: () => groupMembers(admin, group),
    reachedMs: ({ topic, partition }) => states.of(topic, partition).reachedMs,
    get waiting() {
      return states.waiting()
    },
    async close(graceMs) {
      isEnding = true
      const leave = async () => {
        await turns.ended() // the library commits nothing any more once it is told to stop
        await consumer.disconnect()
        await admin.disconnect()
        return true
      }
      const timeUp = Promise.withResolvers<boolean>()
      const cancel = clock.schedule(graceMs, () => timeUp.resolve(false))
      const clean = await Promise.race([leave().catch(() => false), timeUp.promise])
      cancel()
      held.clear()
      sever()
      return clean
    },
  }
}

function partitionStates({ options, limits }: SessionParts) {
  /** By other side; as many as the flow has. */
  const reached = new Map<string, number>()
  const sum = (counts: Iterable<number>) => [...counts].reduce((all, count) => all + count, 0)
  const states = new Map<string, PartitionState>()
  const { clock, logger, observer, flow } = options
  const newState = (topic: string, partition: number): PartitionState => ({
    ahead: new Set(),
    held: new Set(),
    trouble: trouble({
      ...{ clock, probeMs: limits.probeMs, fields: { flow: flow.name, topic, partition } },
      reachedSoFar: (neighbour) => (neighbour === undefined ? sum(reached.values()) : (reached.get(neighbour) ?? 0)),
      onRetry: (_, cause) => observer.waited(cause),
      onTrouble: (message, fields) => logger.warn(message, fields),
    }),
  })
  return {
    of(topic: string, partition: number): PartitionState {
      const name = nameOf({ topic, partition })
      const state = states.get(name) ?? newState(topic, partition)
      states.set(name, state)
      return state
    },
    waiting: () => [...states.values()].filter(({ trouble: { head } }) => head !== undefined).length,
    clear: () => states.clear(),
    reached(neighbours: readonly string[]) {
      for (const neighbour of neighbours) reached.set(neighbour, (reached.get(neighbour) ?? 0) + 1)
    },
  }
}

/** What a flow with a memory is told when partitions are given out; they are read from their beginning then. */
function recalling({ options, consumer, admin }: SessionParts, held: ReturnType<typeof pauses>) {
  const { flow, topics, group, clock, logger } = options
  let now: Replay | undefined
  async function recall(
    partitions: readonly TopicPartition[],
    isCurrent: () => boolean,
    resumes: readonly (() => void)[],
  ): Promise<void> {
    if (!flow.memory) return
    const wait = backOff(clock)
    for (;;) {
      try {
        const offsets = await groupOffsets(admin, group, partitions)
        if (!isCurrent()) return
        for (const { topic, partition, high, committed } of offsets.filter((one) => one.committed > one.high))
          logger.warn(
            'the log is shorter than what the group has done of it: what is there is handled again from its end',
            { topic, partition, high: String(high), committed: String(committed) },
          )
        now = replay(flow.memory, offsets, logger)
        for (const { topic, partition, offset } of now.starts)
          consumer.seek({ topic, partition, offset: String(offset) })
        for (const resume of resumes) resume()
        return
      } catch (error) {
        logger.warn("how far the group is can't be read; tried again", { error })
        await wait()
        if (!isCurrent()) return
      }
    }
  }
  return {
    now: () => now,
    begin(given: readonly TopicPartition[], generation: () => number | undefined): void {
      if (!flow.memory) return
      now = undefined
      const own = given.filter(({ topic }) => topics.includes(topic))
      flow.memory.begin(own)
      const resumes = own.map((partition) => held.pause(partition))
      const current = generation()
      void recall(own, () => generation() === current && current !== undefined, resumes)
    },
  }
}
