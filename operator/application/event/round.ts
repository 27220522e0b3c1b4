import type { Parcel } from './lane.ts'
import type { TopicBatch } from './publisher.ts'

/** What each topic is still to get of these parcels, in their order. */
export function byTopic(lanes: Iterable<readonly Parcel[]>): Map<string, Parcel[]> {
  const topics = new Map<string, Parcel[]>()
  for (const parcel of [...lanes].flat()) {
    for (const topic of parcel.missing) {
      const batch = topics.get(topic)
      if (batch) batch.push(parcel)
      else topics.set(topic, [parcel])
    }
  }
  return topics
}

export function batchOf(topic: string, parcels: readonly Parcel[]): TopicBatch {
  const messages = parcels.map(({ event: { key, value, headers, timestampMs } }) => ({
    key,
    value,
    headers,
    timestampMs,
  }))
  return { topic, messages }
}
