import type { Clock } from '../clock.ts'
import { hitchOf, type Patience, type PatienceParts, patience } from '../patience.ts'
import type { Parcel } from './lane.ts'
import { arrivedOf, type Delivery, type EventPublisher, type PublishSession } from './publisher.ts'
import { batchOf } from './round.ts'
import { slowness } from './slowness.ts'

export interface DeliveringParts extends PatienceParts {
  readonly clock: Clock
  readonly publisher: EventPublisher
  readonly onDelivered: (topic: string, messages: number, tookMs: readonly number[]) => void
}

/** Sends events and crosses off what has arrived. */
export type Delivering = (
  session: PublishSession,
  loads: ReadonlyMap<string, { readonly parcels: readonly Parcel[] }>,
) => Promise<ReadonlyMap<string, Delivery>>

/** One publish at a time for each session. What has arrived counts, also of a batch that has not arrived as a whole. */
export function delivering(parts: DeliveringParts): Delivering {
  const troubles = new Map<string, Patience>() // as many as there are topics at most
  const slow = slowness(parts)

  async function publish(session: PublishSession, loads: Parameters<Delivering>[1]): Promise<readonly Delivery[]> {
    const batches = [...loads].map(([topic, { parcels }]) => batchOf(topic, parcels))
    try {
      return await parts.publisher.publish(batches, session)
    } catch (error) {
      // Not a broker's fault but something in one of the messages: as a refusal, so that each lane goes by itself.
      return batches.map(() => ({ kind: 'refused', reason: hitchOf(error).reason, tooLarge: false }))
    }
  }

  function acknowledge(topic: string, parcels: readonly Parcel[]): void {
    for (const parcel of parcels) parcel.missing.delete(topic)
    const complete = parcels.filter(({ missing }) => missing.size === 0)
    const tookMs = complete.map(({ event }) => parts.clock.now() - event.timestampMs)
    parts.onDelivered(topic, parcels.length, tookMs)
  }

  function tell(topic: string, delivery: Delivery): void {
    const trouble = troubles.get(topic)
    if (delivery.kind === 'unfinished') slow.met(topic, delivery.reason)
    if (delivery.kind === 'acknowledged') trouble?.over()
    if (delivery.kind === 'acknowledged' || delivery.kind === 'unfinished') return
    const told = trouble ?? patience(parts, { operation: 'publish events', fields: { topic } })
    troubles.set(topic, told)
    told.failed({ cause: delivery.kind === 'refused' ? 'Refused' : 'Unavailable', reason: delivery.reason })
  }

  return async (session, loads) => {
    const deliveries = await publish(session, loads)
    const answers = new Map<string, Delivery>()
    for (const [index, [topic, { parcels }]] of [...loads].entries()) {
      const delivery = deliveries[index] ?? { kind: 'unavailable', reason: 'no answer' }
      const arrived = arrivedOf(delivery, parcels.length)
      if (arrived > 0) acknowledge(topic, parcels.slice(0, arrived))
      tell(topic, delivery)
      answers.set(topic, delivery)
    }
    return answers
  }
}
