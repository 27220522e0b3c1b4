import type { Delivery, EventPublisher } from '../../../operator/application/event/publisher.ts'
import type { RecordData } from '../../../operator/domain/event/record-event.ts'
import type { Routing } from '../../../operator/domain/event/routing.ts'
import type { Random } from '../world/random.ts'

/** Topics as a consumer finds them, which are away now and then, and refuse. */
export interface Topics {
  readonly publisher: EventPublisher
  /** What is wrong with what the topic of everything has of a stock that is at this entry, if anything. */
  fault(stock: string, sequence: number): string | undefined
}

const AUDIT = 'audit'
export const routing: Routing = {
  profile: 'topics',
  routes: [{ types: ['reservation.*'], topic: 'moves' }],
  auditTopic: AUDIT,
  flatTopic: 'all',
}

export function servedTopics(random: Random, weather: { readonly trouble: number }, way: () => Promise<void>): Topics {
  /** By the stock, the stretches of entries in the order in which they came. */
  const arrived = new Map<string, [number, number][]>()

  function take(topic: string, values: readonly string[]): void {
    if (topic !== AUDIT) return
    for (const value of values) {
      const { stock, firstSequence, lastSequence } = JSON.parse(value) as RecordData
      arrived.set(stock.uid, [...(arrived.get(stock.uid) ?? []), [firstSequence, lastSequence]])
    }
  }

  return {
    publisher: {
      async publish(batches) {
        await way()
        const answers = batches.map(({ topic, messages }): Delivery => {
          if (random.chance(weather.trouble)) return { kind: 'refused', reason: 'no such topic', tooLarge: false }
          const isLost = random.chance(weather.trouble)
          if (!isLost || random.chance(0.5))
            take(
              topic,
              messages.map(({ value }) => value),
            )
          return isLost ? { kind: 'unavailable', reason: 'no answer' } : { kind: 'acknowledged' }
        })
        await way()
        return answers
      },
      close: async () => undefined,
    },
    fault(stock, sequence) {
      let last = 0
      for (const [first, upTo] of arrived.get(stock) ?? []) {
        if (first > last + 1) return `its topic has entry ${first} after ${last}`
        last = Math.max(last, upTo)
      }
      return last === sequence ? undefined : `its topic ends at entry ${last}, its row at ${sequence}`
    },
  }
}
