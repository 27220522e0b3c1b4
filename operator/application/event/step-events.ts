import { numberedSteps } from '../../domain/numbered-steps.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { parcelOf } from './lane.ts'
import type { OutgoingEvent } from './outgoing-event.ts'
import type { Relay } from './relay.ts'

/** An object whose status keeps its last steps, each of which is one event. */
export interface Stepping {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly status?: {
    readonly steps: number
    readonly published: number
    readonly history: readonly { readonly at: string }[]
  }
}

export interface StepEventsParts<T extends Stepping> {
  readonly relay: Pick<Relay, 'send'>
  readonly eventFor: (object: T, number: number) => OutgoingEvent
  /** All events of an object are out, or kept in a spool. */
  readonly onPublished: (key: string) => void
}

/** The outbox of objects with steps: what is in the history of a stored status goes out, in order, at least once. */
export interface StepEvents<T extends Stepping> {
  /**
   * Sends what this process has not sent yet. `object` must be as it was stored. What its history does not have, as after
   * an edit by hand, can't go out and is not waited for.
   */
  send(object: T): void
  /** Up to which step every event is known to be out. */
  published(uid: string): number
  forget(uid: string): void
}

export function stepEvents<T extends Stepping>({ relay, eventFor, onPublished }: StepEventsParts<T>): StepEvents<T> {
  const progress = new Map<string, { sent: number; published: number }>()

  return {
    send(object) {
      const { uid, namespace, name, status } = object
      if (!status || status.steps === 0) return
      const known = progress.get(uid) ?? { sent: status.published, published: status.published }
      progress.set(uid, known)
      known.published = Math.max(known.published, status.steps - status.history.length) // nobody has those any more
      const due = numberedSteps(status).filter(({ number }) => number > known.sent)
      known.sent = Math.max(known.sent, status.steps)
      const key = keyOf(namespace, name)
      const parcels = due.map(({ number }) =>
        parcelOf(eventFor(object, number), () => {
          known.published = Math.max(known.published, number)
          if (known.published === known.sent) onPublished(key)
        }),
      )
      if (parcels.length > 0) relay.send(uid, key, parcels)
    },
    published: (uid) => progress.get(uid)?.published ?? 0,
    forget: (uid) => void progress.delete(uid),
  }
}
