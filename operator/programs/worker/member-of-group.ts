import type { Flow } from '../../application/flow/flow.ts'
import type { ConsumerTopics } from '../../infrastructure/kafka/consumer/consumer-options.ts'
import { type TopicConsumer, topicConsumer } from '../../infrastructure/kafka/consumer/topic-consumer.ts'
import type { TopicSpec } from '../../infrastructure/kafka/topics.ts'
import { deadLetters, flowTopics } from './flow-topics.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

/** What one flow is, beside a member of its group. */
export interface MemberParts {
  readonly name: string
  readonly flow: Flow
  readonly topics: ConsumerTopics
  /** Topics of its own, beside those where messages wait or lie dead. */
  readonly ownTopics?: readonly TopicSpec[]
  /** What keeps it from its work, beside its place in the group; undefined = nothing. */
  readonly notReady?: () => string | undefined
  /** Alerts that it has told and that are not over. */
  readonly openAlerts?: () => number
  /** Before it reads. */
  readonly begin?: () => void
  /** What is not to begin any more, before it ends. */
  readonly end?: () => void
  /** Once it reads nothing any more: ends what it wrote to. */
  readonly close: () => Promise<unknown>
}

/** A flow that runs, and what it is told of its group. */
export type GroupMember = RunningFlow & Pick<TopicConsumer, 'isMember' | 'members'>

/** Runs a flow as a member of its group: its topics, its metrics, whether it does its work, and its end. */
export function memberOfGroup({ kafka, clock, logger, metrics }: FlowParts, parts: MemberParts): GroupMember {
  const { name, flow, topics, ownTopics = [], openAlerts } = parts
  const { group, retryTopic, deadLetterTopic, delaysMs } = topics
  const consumer = topicConsumer({
    ...{ ...topics, flow, connection: kafka, clock, logger, observer: metrics.consumer(group) },
  })
  const notReady = () => consumer.notReady() ?? parts.notReady?.()
  metrics.readFrom({
    ...{
      group,
      lags: consumer.lags,
      waiting: consumer.waiting,
      kept: consumer.kept,
      ready: () => notReady() === undefined,
    },
    ...(retryTopic !== undefined && { delay: { topic: retryTopic, ms: Math.max(0, ...delaysMs) } }),
    ...(openAlerts && { openAlerts }),
  })

  return {
    name,
    isMember: consumer.isMember,
    members: consumer.members,
    start() {
      const letters = [retryTopic, deadLetterTopic].flatMap((topic) => (topic === undefined ? [] : deadLetters(topic)))
      flowTopics({ kafka, clock, logger }, [...ownTopics, ...letters])
      parts.begin?.()
      consumer.start()
    },
    notReady,
    stuck: consumer.stuck,
    async stop(graceMs) {
      parts.end?.()
      const clean = await consumer.stop(graceMs)
      await parts.close()
      return clean
    },
  }
}
