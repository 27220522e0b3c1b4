import type { Capacity } from '../../../application/machine/capacity.ts'
import { childNameOf, type Machine } from '../../../domain/machine/machine.ts'
import type { PoolLine } from '../../../domain/machine/pool.ts'
import { ifThere, isApiError } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { Reservation } from './generated/reservation.ts'
import { type ReservationCache, reservationFromResource } from './reservations.ts'
import { failureOf } from './write-result.ts'

const UID_LABEL = 'kbnt.io/machine-uid'
const NAME_ANNOTATION = 'kbnt.io/machine'

type MachineId = Pick<Machine, 'namespace' | 'name' | 'uid'>

/** The machine that a reservation was made for; undefined = a client's own reservation. */
export function machineOf({ metadata }: Reservation): MachineId | undefined {
  const { namespace = '', labels = {}, annotations = {} } = metadata
  const uid = labels[UID_LABEL]
  const name = annotations[NAME_ANNOTATION]
  return uid === undefined || name === undefined ? undefined : { namespace, name, uid }
}

/** Capacity as Reservation objects. They have no owner: deletion in the foreground would free it under a running machine. */
export function machineCapacity(parts: {
  readonly client: ResourceClient<Reservation>
  readonly cache: ReservationCache
}): Capacity {
  const { client, cache } = parts
  const isOf = (reservation: Reservation, { uid }: MachineId) => machineOf(reservation)?.uid === uid

  async function stored(machine: MachineId): Promise<Reservation | undefined> {
    const found = (await ifThere(client.get(machine.namespace, childNameOf(machine))))?.body
    return found && isOf(found, machine) ? found : undefined
  }

  return {
    find(machine) {
      const seen = cache.get(`${machine.namespace}/${childNameOf(machine)}`)
      return seen && isOf(seen, machine) ? reservationFromResource(seen) : undefined
    },
    async read(machine) {
      const found = await stored(machine)
      return found && reservationFromResource(found)
    },
    async ask(machine, lines) {
      try {
        await client.create(reservationFor(machine, lines))
        return { kind: 'asked' }
      } catch (error) {
        if (isApiError(error, 403)) return { kind: 'refused', reason: error.message } // a quota, or a namespace that ends
        const failure = failureOf(error)
        if (failure.kind === 'refused') return { kind: 'refused', reason: failure.reason }
        if (failure.kind !== 'conflict') throw error
        if (await stored(machine)) return { kind: 'there' }
        const { namespace } = machine
        return { kind: 'refused', reason: `reservation ${namespace}/${childNameOf(machine)} exists and is not its own` }
      }
    },
    async giveBack(machine) {
      const found = await stored(machine)
      if (!found) return
      const { namespace = '', name = '', uid } = found.metadata
      await ifThere(client.delete(namespace, name, { uid }))
    },
    *owners() {
      for (const reservation of cache.list()) {
        const machine = machineOf(reservation)
        if (machine) yield machine
      }
    },
  }
}

function reservationFor(machine: Machine, lines: readonly PoolLine[]): Reservation {
  const { namespace, name, uid, spec } = machine
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
      name: childNameOf(machine),
      labels: { [UID_LABEL]: uid },
      annotations: { [NAME_ANNOTATION]: name },
    },
    spec: {
      ...{ items, state: 'Confirmed', waitFor, priority, note: noteFor(name) },
      ...(owner !== undefined && { consumer: owner }),
      ...(requestId !== undefined && { requestId }),
    },
  }
}

const MAX_NOTE = 256

function noteFor(name: string): string {
  return `capacity of VirtualMachine ${name}`.slice(0, MAX_NOTE)
}
