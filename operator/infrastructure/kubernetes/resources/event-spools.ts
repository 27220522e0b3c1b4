import { type EventSpools, type SpoolRef, SpoolTooLarge } from '../../../application/event/event-spools.ts'
import type { OutgoingEvent } from '../../../application/event/outgoing-event.ts'
import { bytesOfAll } from '../../../application/event/spool-batch.ts'
import { ApiError, ifThere, isApiError, isNotFound } from '../api-error.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
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

const PAGE = 32

/** Marks of a spool, so that a list need not read its events. */
const STOCK = 'kbnt.io/stock-uid'
const FIRST = 'kbnt.io/first-sequence'
const LAST = 'kbnt.io/last-sequence'
const COUNT = 'kbnt.io/events'
const BYTES = 'kbnt.io/bytes'

/** Spools as EventSpool objects. */
export function kubernetesEventSpools({ client, namespace }: EventSpoolsParts): EventSpools {
  /** One whose marks somebody has taken off, or that has never had any. */
  async function unmarked(name: string): Promise<SpoolRef | undefined> {
    const found = await ifThere(client.get(namespace, name))
    return found && refOf(found.body)
  }

  return {
    // The events themselves may be more than fits into memory, here and at the server, which reads whole pages of them.
    async list() {
      const { items } = await client.listMetadata({ namespace, limit: PAGE })
      const refs: SpoolRef[] = []
      for (const item of items) {
        const ref = refOfMarks(item) ?? (await unmarked(item.metadata.name ?? ''))
        if (ref) refs.push(ref)
      }
      return refs
    },
    async create(stockUid, events) {
      const spool = spoolOf(namespace, stockUid, events)
      try {
        return refOf((await client.create(spool)).body)
      } catch (error) {
        if (isTooLarge(error)) throw new SpoolTooLarge(error.message)
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
    metadata: { namespace, name, annotations: marksOf(stockUID, events) },
    spec: { stockUID, firstSequence, events },
  }
}

function marksOf(stockUid: string, events: readonly OutgoingEvent[]): Record<string, string> {
  return {
    [STOCK]: stockUid,
    [FIRST]: String(events[0]?.sequence ?? 0),
    [LAST]: String(events.at(-1)?.sequence ?? 0),
    [COUNT]: String(events.length),
    [BYTES]: String(bytesOfAll(events)),
  }
}

function refOfMarks({ metadata }: KubernetesObject): SpoolRef | undefined {
  const { name = '', uid = '', annotations = {} } = metadata
  const stockUid = annotations[STOCK]
  const numbers = [FIRST, LAST, COUNT, BYTES].map((mark) => Number(annotations[mark] ?? Number.NaN))
  if (stockUid === undefined || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0))
    return undefined
  const [firstSequence = 0, lastSequence = 0, count = 0, bytes = 0] = numbers
  return { name, uid, stockUid, firstSequence, lastSequence, count, bytes }
}

function refOf(spool: EventSpool): SpoolRef {
  const { metadata, spec } = spool
  return (
    refOfMarks(spool) ?? {
      name: metadata.name ?? '',
      uid: metadata.uid ?? '',
      stockUid: spec.stockUID,
      firstSequence: spec.firstSequence,
      lastSequence: spec.events.at(-1)?.sequence ?? spec.firstSequence,
      count: spec.events.length,
      bytes: JSON.stringify(spec).length,
    }
  )
}

/** etcd says that a request is too large with a 500, because the API server does not know what that is. */
function isTooLarge(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false
  return error.status === 413 || (error.status === 500 && /request is too large|larger than max/.test(error.message))
}
