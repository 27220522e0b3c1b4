import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kafka as Client, Partitioners } from 'kafkajs'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Server, server } from '../../../hack/testbed/server.ts'
import type { Flow } from '../../../operator/application/flow/flow.ts'
import { type KafkaConnection, kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import type {
  ConsumerLimits,
  ConsumerTopics,
} from '../../../operator/infrastructure/kafka/consumer/consumer-options.ts'
import { type TopicConsumer, topicConsumer } from '../../../operator/infrastructure/kafka/consumer/topic-consumer.ts'
import { readTopics, type TopicRecord } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { until } from '../../fixtures/until.ts'
import { quiet, realClock } from '../kafka/own-kafka.ts'
import { type Effect, type Script, scriptedFlow } from './scripted-flow.ts'

export interface MemberOptions extends ConsumerTopics {
  readonly retryTopic: string
  readonly connection: KafkaConnection
  readonly limits: Partial<ConsumerLimits>
}

export interface Counts {
  joins: number
  readonly retried: string[]
  readonly dead: string[]
  readonly waited: string[]
  readonly handled: string[]
}

/** A member in this process. */
export interface Member {
  readonly consumer: TopicConsumer
  readonly counts: Counts
}

/** Topics of a flow of its own on some Kafka, with what is sent to them and what becomes of it. */
export interface FlowSite {
  readonly options: MemberOptions
  /** Of all members, in the order in which this process has seen them. */
  readonly effects: Effect[]
  send(
    messages: readonly (Script & { readonly key: string; readonly headers?: Record<string, string> })[],
  ): Promise<void>
  sendRaw(value: Buffer | string, key: string): Promise<void>
  member(flow?: (effect: (effect: Effect) => void) => Flow, particular?: Partial<MemberOptions>): Member
  /** Its effects are read by `effectsOf`. */
  process(): Server
  effectsOf(process: Server): Effect[]
  read(which: 'retryTopic' | 'deadLetterTopic'): Promise<TopicRecord[]>
  /** Messages of its topics that the group has not committed. */
  unhandled(): Promise<number>
  committed(): Promise<bigint>
  untilHandled(withinMs?: number): Promise<void>
  untilIn(...members: readonly Member[]): Promise<void>
  end(): Promise<void>
}

const IN_TIME_MS = 60_000
const shortLimits = { sessionMs: 6_000, probeMs: [100, 1_000] } as const

export async function flowSite(
  connection: KafkaConnection,
  { partitions = 3, delaysMs = [300, 600], deadLetters = true } = {},
): Promise<FlowSite> {
  const name = randomUUID().slice(0, 8)
  const options: MemberOptions = {
    ...{ connection, group: `g-${name}`, topics: [`t-${name}`], retryTopic: `r-${name}`, deadLetterTopic: `d-${name}` },
    ...{ delaysMs, limits: shortLimits },
  }
  const topics = [...options.topics, options.retryTopic, ...(deadLetters ? [options.deadLetterTopic] : [])]
  await createTopics(
    connection,
    topics.map((topic) => ({ name: topic, partitions })),
    quiet,
  )
  const retry = { retries: 12, initialRetryTime: 300, maxRetryTime: 2_000 }
  const client: Client = kafkaClient(connection, { requestTimeoutMs: 10_000, retry }, quiet).kafka
  const producer = client.producer({
    ...{ idempotent: true, maxInFlightRequests: 1 }, // else its own repetitions look like ours
    ...{ createPartitioner: Partitioners.DefaultPartitioner, retry },
  })
  const admin = client.admin({ retry })
  await producer.connect()
  await admin.connect()
  const effects: Effect[] = []
  const members: TopicConsumer[] = []
  const processes: Server[] = []
  const topic = options.topics[0] as string

  async function offsets(): Promise<{ end: bigint; committed: bigint }> {
    const ends = await admin.fetchTopicOffsets(topic)
    const [group] = await admin.fetchOffsets({ groupId: options.group, topics: [topic] })
    const sum = (all: readonly string[]) =>
      all.reduce((total, offset) => total + BigInt(Math.max(0, Number(offset))), 0n)
    return {
      end: sum(ends.map(({ high }) => high)),
      committed: sum(group?.partitions.map(({ offset }) => offset) ?? []),
    }
  }

  const site: FlowSite = {
    options,
    effects,
    async send(messages) {
      const records = messages.map(({ key, headers, ...script }) => ({
        ...{ key, value: JSON.stringify(script), headers: { ce_id: script.id, ...headers } },
      }))
      await producer.send({ topic, messages: records })
    },
    sendRaw: async (value, key) => void (await producer.send({ topic, messages: [{ key, value }] })),
    member(flow = scriptedFlow, particular = {}) {
      const counts: Counts = { joins: 0, retried: [], dead: [], waited: [], handled: [] }
      const consumer = topicConsumer({
        ...{ ...options, ...particular, clock: realClock, logger: quiet },
        flow: flow((effect) => effects.push(effect)),
        observer: {
          handled: ({ headers }) => counts.handled.push(headers['ce_id'] ?? ''),
          retried: (cause) => counts.retried.push(cause),
          passed: () => undefined,
          dead: (cause) => counts.dead.push(cause),
          waited: (cause) => counts.waited.push(cause),
          rebalanced() {
            counts.joins += 1
          },
        },
      })
      members.push(consumer)
      consumer.start()
      return { consumer, counts }
    },
    process() {
      const logPath = join(mkdtempSync(join(tmpdir(), 'kbnt-member-')), 'effects')
      const made = server({
        ...{ name: 'member', command: process.execPath, logPath },
        arguments: [join(projectDirectory, 'test/integration/flow/member.ts'), JSON.stringify(options)],
        ready: async (logged) => (await logged()).includes('"joined"'),
        ...{ readyTimeoutMs: IN_TIME_MS, stopTimeoutMs: 20_000, detached: false },
      })
      processes.push(made)
      return made
    },
    effectsOf: ({ logPath }) =>
      readFileSync(logPath, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{"id"') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Effect),
    read: (which) => readTopics({ connection, topics: [options[which]], logger: quiet }),
    async unhandled() {
      const { end, committed } = await offsets()
      return Number(end - committed)
    },
    committed: async () => (await offsets()).committed,
    async untilHandled(withinMs = IN_TIME_MS) {
      await until('end of all messages', withinMs, async () => {
        const left = await site.unhandled().catch(() => 1) // a broker that has just started knows of no group yet
        return left === 0 ? true : undefined
      })
    },
    async untilIn(...waited) {
      const isIn = ({ consumer }: Member) => consumer.notReady() === undefined
      await until('place in the group', IN_TIME_MS, async () => (waited.every(isIn) ? true : undefined))
    },
    async end() {
      for (const one of processes) one.signal('SIGCONT')
      await Promise.all([...members.map((one) => one.stop(5_000)), ...processes.map((one) => one.kill())])
      await Promise.all([producer.disconnect(), admin.disconnect()])
    },
  }
  return site
}

/** By key, the order in which its messages were done first. */
export function firstDone(effects: readonly Effect[]): Map<string, string[]> {
  const done = new Map<string, string[]>()
  for (const { key = '', id } of effects) {
    const ids = done.get(key) ?? []
    if (!ids.includes(id)) done.set(key, [...ids, id])
  }
  return done
}
