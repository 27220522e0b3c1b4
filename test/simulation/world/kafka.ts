import type { Delivery, TopicBatch, TopicMessage } from '../../../operator/application/event/publisher.ts'

export interface Kafka {
  readonly topics: Map<string, TopicMessage[]>
  /** Topics that are missing. */
  readonly refused: Set<string>
  away: boolean
  append(batch: TopicBatch): Delivery
}

/** Topics in memory. */
export function kafka(): Kafka {
  const topics = new Map<string, TopicMessage[]>()
  return {
    topics,
    refused: new Set(),
    away: false,
    append({ topic, messages }) {
      if (this.away) return { kind: 'unavailable', reason: 'away' }
      if (this.refused.has(topic)) return { kind: 'refused', reason: 'there is no such topic', tooLarge: false }
      const all = topics.get(topic) ?? []
      topics.set(topic, all)
      all.push(...messages)
      return { kind: 'acknowledged' }
    },
  }
}
