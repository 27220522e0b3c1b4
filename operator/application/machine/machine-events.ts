import type { Machine } from '../../domain/machine/machine.ts'
import { numberedSteps } from '../../domain/machine/steps.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { parcelOf } from '../event/lane.ts'
import type { OutgoingEvent } from '../event/outgoing-event.ts'
import type { Relay } from '../event/relay.ts'

export interface MachineEventsParts {
  readonly relay: Pick<Relay, 'send'>
  readonly eventFor: (machine: Machine, number: number) => OutgoingEvent
  /** All events of a machine are out, or kept in a spool. */
  readonly onPublished: (key: string) => void
}

/** The outbox of machines: what is in the history of a stored status goes out, in order, at least once. */
export interface MachineEvents {
  /** Sends what this process has not sent yet. `machine` must be as it was stored. */
  send(machine: Machine): void
  /** Up to which step every event is known to be out. */
  published(uid: string): number
  forget(uid: string): void
}

export function machineEvents({ relay, eventFor, onPublished }: MachineEventsParts): MachineEvents {
  const progress = new Map<string, { sent: number; published: number }>()

  return {
    send(machine) {
      const { uid, namespace, name, status } = machine
      if (!status || status.steps === 0) return
      const known = progress.get(uid) ?? { sent: status.published, published: status.published }
      progress.set(uid, known)
      const due = numberedSteps(status).filter(({ number }) => number > known.sent)
      known.sent = Math.max(known.sent, status.steps)
      const key = keyOf(namespace, name)
      const parcels = due.map(({ number }) =>
        parcelOf(eventFor(machine, number), () => {
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
