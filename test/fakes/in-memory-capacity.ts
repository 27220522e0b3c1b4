import type { Asked, Capacity, CapacityOwner } from '../../operator/application/resource/capacity.ts'
import type { Machine } from '../../operator/domain/machine/machine.ts'
import type { Reservation, ReservationStatus } from '../../operator/domain/reservation/reservation.ts'
import type { PoolLine } from '../../operator/domain/resource/pool.ts'
import { childNameOf } from '../../operator/domain/resource/resource.ts'
import { aReservation } from '../fixtures/builders.ts'

type MachineId = Pick<Machine, 'namespace' | 'name' | 'uid'>

/** Reservations of machines in memory; the watch shows them at once unless it stands still. */
export interface InMemoryCapacity extends Capacity {
  stored(machine: MachineId): Reservation | undefined
  /** What the stocks' engine says of it. */
  decide(machine: MachineId, status: Partial<ReservationStatus>): void
  /** Somebody has made one with its name and its marks. */
  put(machine: MachineId, reservation: Reservation): void
  /** The next one that asks is refused. */
  refuseNext(reason: string): void
  /** The watch brings nothing more, until `resume`. */
  pause(): void
  resume(): void
  /** How many there are. */
  readonly count: number
  /** The lines of all that was asked for, also where it was there already. */
  readonly asked: (readonly PoolLine[])[]
}

interface Held {
  readonly owner: CapacityOwner
  readonly reservation: Reservation
}

export function inMemoryCapacity(): InMemoryCapacity {
  const stored = new Map<string, Held>()
  let seen: ReadonlyMap<string, Held> = stored
  const asked: (readonly PoolLine[])[] = []
  const refusals: string[] = []

  return {
    asked,
    find: ({ uid }) => seen.get(uid)?.reservation,
    read: async ({ uid }) => stored.get(uid)?.reservation,
    async ask(machine, lines, provider): Promise<Asked> {
      asked.push(lines)
      const reason = refusals.shift()
      if (reason !== undefined) return { kind: 'refused', reason }
      if (stored.has(machine.uid)) return { kind: 'there' }
      const { namespace, name, uid } = machine
      const { owner: consumer } = machine.spec
      const spec = { items: lines, state: 'Confirmed' as const, ...(consumer !== undefined && { consumer }) }
      const reservation = aReservation({ namespace, name: childNameOf(machine), uid: `uid-of-${uid}`, spec })
      stored.set(uid, { owner: { namespace, name, uid, provider }, reservation })
      return { kind: 'asked' }
    },
    giveBack: async ({ uid }) => void stored.delete(uid),
    async keepMarked({ uid }, provider) {
      const held = stored.get(uid)
      if (held) stored.set(uid, { ...held, owner: { ...held.owner, provider } })
    },
    *owners() {
      for (const { owner } of seen.values()) yield owner
    },
    stored: ({ uid }) => stored.get(uid)?.reservation,
    decide({ uid }, status) {
      const held = stored.get(uid)
      if (held) stored.set(uid, { ...held, reservation: { ...held.reservation, status: decided(status) } })
    },
    put: ({ namespace, name, uid }, reservation) =>
      void stored.set(uid, { owner: { namespace, name, uid }, reservation }),
    refuseNext: (reason) => void refusals.push(reason),
    pause() {
      seen = new Map(stored)
    },
    resume() {
      seen = stored
    },
    get count() {
      return stored.size
    },
  }
}

function decided(particular: Partial<ReservationStatus>): ReservationStatus {
  return {
    ...{ phase: 'Confirmed', reason: 'Confirmed', message: 'in use', summary: '', stock: '', conditions: [] },
    totalPrice: [{ amount: '0.045', currency: 'USD' }],
    ...particular,
  }
}
