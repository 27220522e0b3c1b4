import type { KafkaConnection } from '../operator/infrastructure/kafka/connection.ts'
import { protocolType } from '../operator/infrastructure/kafka/fault.ts'

/** An error of who has read these topics, in words for people where one of them is not there. */
export function missingTopics(error: unknown, topics: readonly string[], { brokers }: KafkaConnection): unknown {
  if (protocolType(error as Error) !== 'UNKNOWN_TOPIC_OR_PARTITION') return error
  const named =
    topics.length === 1 ? `there is no topic ${topics}` : `one of the topics ${topics.join(', ')} is not there,`
  return new Error(`${named} on ${brokers.join(',')}, or this user may not see it`)
}
