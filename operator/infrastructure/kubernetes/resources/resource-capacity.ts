import type { Capacity, CapacityHolder } from '../../../application/resource/capacity.ts'
import type { PoolLine } from '../../../domain/resource/pool.ts'
import { childNameOf, type PooledResource } from '../../../domain/resource/resource.ts'
import { ifThere, isApiError } from '../api-error.ts'
import { isOf, lostMarks } from '../providers/lost-marks.ts'
import { type Marks, ownerOf } from '../providers/provided-objects.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { Reservation } from './generated/reservation.ts'
import { type ReservationCache, reservationFromResource } from './reservations.ts'
import { failureOf } from './write-result.ts'

const MAX_NOTE = 256
/** On a reservation: what makes the resource that it is for. Once that is gone nobody else could say. */
const PROVIDER = 'kbnt.io/provider'

/** How a reservation says for whom it was made. */
export interface CapacityMarks extends Marks {
  /** As in manifests: VirtualMachine. */
  readonly kind: string
}

export const machineMarks: CapacityMarks = {
  kind: 'VirtualMachine',
  uid: 'kbnt.io/machine-uid',
  name: 'kbnt.io/machine',
}

export const storageMarks: CapacityMarks = {
  kind: 'VirtualStorage',
  uid: 'kbnt.io/storage-uid',
  name: 'kbnt.io/storage',
}

/** Capacity as Reservation objects. They have no owner: deletion in the foreground would free it under what stands on it. */
export function resourceCapacity(parts: {
  readonly marks: CapacityMarks
  readonly client: ResourceClient<Reservation>
  readonly cache: Pick<ReservationCache, 'get' | 'list'>
}): Capacity {
  const { marks, client, cache } = parts
  /** One that has lost its marks is the one that its status names; whoever may write reservations can write both marks. */
  function isIts(reservation: Reservation, resource: CapacityHolder): boolean {
    return reservation.metadata.uid === resource.status?.reservationUID || isOf(reservation, marks, resource)
  }

  async function stored(resource: CapacityHolder): Promise<Reservation | undefined> {
    const found = (await ifThere(client.get(resource.namespace, childNameOf(resource))))?.body
    return found && isIts(found, resource) ? found : undefined
  }

  return {
    find(resource) {
      const seen = cache.get(`${resource.namespace}/${childNameOf(resource)}`)
      return seen && isIts(seen, resource) ? reservationFromResource(seen) : undefined
    },
    async read(resource) {
      const found = await stored(resource)
      return found && reservationFromResource(found)
    },
    async ask(resource, lines, provider) {
      try {
        await client.create(reservationFor(marks, resource, lines, provider))
        return { kind: 'asked' }
      } catch (error) {
        if (isApiError(error, 403)) return { kind: 'refused', reason: error.message } // a quota, or a namespace that ends
        const failure = failureOf(error)
        if (failure.kind === 'refused') return { kind: 'refused', reason: failure.reason }
        if (failure.kind !== 'conflict') throw error
        if (await stored(resource)) return { kind: 'there' }
        const { namespace } = resource
        return {
          kind: 'taken',
          reason: `reservation ${namespace}/${childNameOf(resource)} exists and is not its own; delete that reservation`,
        }
      }
    },
    async giveBack(resource) {
      const found = await stored(resource)
      if (!found) return
      const { namespace = '', name = '', uid } = found.metadata
      await ifThere(client.delete(namespace, name, { uid }))
    },
    async keepMarked(resource, provider) {
      const seen = cache.get(`${resource.namespace}/${childNameOf(resource)}`)
      if (!seen || !isIts(seen, resource)) return
      const lost = lostMarks(seen, marks, resource)
      if (!lost && seen.metadata.annotations?.[PROVIDER] === provider) return
      const { namespace = '', name = '', uid } = seen.metadata
      const annotations = { ...lost?.annotations, [PROVIDER]: provider }
      await ifThere(client.mergePatch(namespace, name, { metadata: { uid, ...lost, annotations } }))
    },
    *owners() {
      for (const reservation of cache.list()) {
        const owner = ownerOf(reservation, marks)
        const provider = reservation.metadata.annotations?.[PROVIDER]
        if (owner) yield { ...owner, ...(provider !== undefined && { provider }) }
      }
    },
  }
}

function reservationFor(
  marks: CapacityMarks,
  resource: PooledResource,
  lines: readonly PoolLine[],
  provider: string,
): Reservation {
  const { namespace, name, uid, spec } = resource
  const { waitFor, priority, owner, requestId } = spec
  const items = lines.map((line) => ({
    ...line,
    stockNamespace: line.stockNamespace === namespace ? '' : line.stockNamespace,
  }))
  return {
    apiVersion: 'kbnt.io/v1beta1',
    kind: 'Reservation',
    metadata: {
      namespace,
      name: childNameOf(resource),
      labels: { [marks.uid]: uid },
      annotations: { [marks.name]: name, [PROVIDER]: provider },
    },
    spec: {
      ...{ items, state: 'Confirmed', waitFor, priority, note: `capacity of ${marks.kind} ${name}`.slice(0, MAX_NOTE) },
      ...(owner !== undefined && { consumer: owner }),
      ...(requestId !== undefined && { requestId }),
    },
  }
}
