import type { Delivery, TopicBatch, TopicMessage } from '../../../operator/application/event/publisher.ts'

export interface Kafka {
  readonly topics: Map<string, TopicMessage[]>
  away: boolean
  append(batch: TopicBatch): Delivery
}

/** Topics in memory. */
export function kafka(): Kafka {
  const topics = new Map<string, TopicMessage[]>()
  return {
    topics,
    away: false,
    append({ topic, messages }) {
      if (this.away) return { kind: 'unavailable', reason: 'away' }
      topics.set(topic, [...(topics.get(topic) ?? []), ...messages])
      return { kind: 'acknowledged' }
    },
  }
}
