import type { EventSpools, SpoolRef } from '../../../application/event/event-spools.ts'
import type { OutgoingEvent } from '../../../application/event/outgoing-event.ts'
import { ifThere, isApiError, isNotFound } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { EventSpool } from './generated/event-spool.ts'

export const eventSpoolsResource = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'eventspools',
  namespaced: true,
} as const

export interface EventSpoolsParts {
  readonly client: ResourceClient<EventSpool>
  /** The operator's own: nobody who deletes a stock's namespace can take undelivered events along. */
  readonly namespace: string
}

/** Spools as EventSpool objects. */
export function kubernetesEventSpools({ client, namespace }: EventSpoolsParts): EventSpools {
  return {
    async list() {
      return (await client.list({ namespace })).items.map(refOf)
    },
    async create(stockUid, events) {
      const spool = spoolOf(namespace, stockUid, events)
      try {
        return refOf((await client.create(spool)).body)
      } catch (error) {
        if (!isApiError(error, 409)) throw error
        return refOf((await client.get(namespace, spool.metadata.name ?? '')).body)
      }
    },
    async read({ name, uid }) {
      const found = (await ifThere(client.get(namespace, name)))?.body
      return found?.metadata.uid === uid ? (found.spec.events as readonly OutgoingEvent[]) : undefined
    },
    async remove({ name, uid }) {
      try {
        await client.delete(namespace, name, { uid })
      } catch (error) {
        if (!isNotFound(error) && !isApiError(error, 409)) throw error
      }
    },
  }
}

function spoolOf(namespace: string, stockUID: string, events: readonly OutgoingEvent[]): EventSpool {
  const firstSequence = events[0]?.sequence ?? 0
  const name = `${stockUID}-${String(firstSequence).padStart(16, '0')}`
  return {
    apiVersion: 'kbnt.io/v1beta1',
    kind: 'EventSpool',
    metadata: { namespace, name },
    spec: { stockUID, firstSequence, events },
  }
}

function refOf({ metadata, spec }: EventSpool): SpoolRef {
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    stockUid: spec.stockUID,
    firstSequence: spec.firstSequence,
    lastSequence: spec.events.at(-1)?.sequence ?? spec.firstSequence,
  }
}
