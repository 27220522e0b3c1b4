import type { Parcel } from '../../operator/application/event/lane.ts'
import type { Relay } from '../../operator/application/event/relay.ts'

/** Takes events as the relay does and keeps them on their way until they are delivered. */
export interface RecordedRelay extends Pick<Relay, 'send'> {
  /** The ids of all events that it was given, in order. */
  readonly ids: string[]
  /** The lanes that they were given to, each time. */
  readonly lanes: { readonly uid: string; readonly key: string; readonly count: number }[]
  /** Delivers the oldest ones, all where no number is given. */
  deliver(count?: number): void
  /** The ids of what was delivered, in order. */
  readonly delivered: string[]
}

export function recordedRelay(): RecordedRelay {
  const waiting: Parcel[] = []
  const ids: string[] = []
  const delivered: string[] = []
  const lanes: RecordedRelay['lanes'] = []
  return {
    ids,
    delivered,
    lanes,
    send(uid, key, parcels) {
      lanes.push({ uid, key, count: parcels.length })
      waiting.push(...parcels)
      ids.push(...parcels.map(({ event }) => event.id))
    },
    deliver(count = waiting.length) {
      for (const { event, done } of waiting.splice(0, count)) {
        delivered.push(event.id)
        done()
      }
    },
  }
}
