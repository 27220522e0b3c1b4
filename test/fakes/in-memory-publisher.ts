import type { Delivery, EventPublisher, TopicBatch, TopicMessage } from '../../operator/application/event/publisher.ts'

export interface InMemoryPublisher extends EventPublisher {
  /** What a topic has, in order of arrival, repetitions included. */
  messages(topic: string): readonly TopicMessage[]
  topics(): readonly string[]
  /** From now on nothing arrives and every answer is unavailable. */
  goAway(reason?: string): void
  /** From now on everything arrives but every answer is unavailable. */
  loseAnswers(): void
  /** Ends `goAway` and `loseAnswers`. */
  comeBack(): void
  /** From now on `topic` refuses everything. */
  refuse(topic: string, reason: string, tooLarge?: boolean): void
  /** From now on `topic` takes messages again. */
  accept(topic: string): void
}

type Weather = 'fair' | 'away' | 'deaf'

export function inMemoryPublisher(): InMemoryPublisher {
  const arrived = new Map<string, TopicMessage[]>()
  const refusals = new Map<string, Delivery>()
  let weather: Weather = 'fair'
  let awayReason = 'away'
  let closed = false

  function deliver({ topic, messages }: TopicBatch): Delivery {
    if (closed) return { kind: 'unavailable', reason: 'the publisher is closed' }
    if (messages.length === 0) return { kind: 'acknowledged' }
    if (weather === 'away') return { kind: 'unavailable', reason: awayReason }
    return refusals.get(topic) ?? taken(topic, messages)
  }
  function taken(topic: string, messages: readonly TopicMessage[]): Delivery {
    arrived.set(topic, [...(arrived.get(topic) ?? []), ...messages])
    return weather === 'deaf' ? { kind: 'unavailable', reason: 'the answer was lost' } : { kind: 'acknowledged' }
  }
  return {
    // Answers in a later turn of the loop, as a broker would.
    publish: async (batches) => {
      await Promise.resolve()
      return batches.map(deliver)
    },
    close: async () => {
      closed = true
    },
    messages: (topic) => arrived.get(topic) ?? [],
    topics: () => [...arrived.keys()],
    goAway(reason = 'away') {
      weather = 'away'
      awayReason = reason
    },
    loseAnswers() {
      weather = 'deaf'
    },
    comeBack() {
      weather = 'fair'
    },
    refuse: (topic, reason, tooLarge = false) => refusals.set(topic, { kind: 'refused', reason, tooLarge }),
    accept: (topic) => refusals.delete(topic),
  }
}
