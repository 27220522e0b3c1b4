import type { Machine } from '../../domain/machine/machine.ts'
import type { PoolLine } from '../../domain/machine/pool.ts'
import type { Reservation } from '../../domain/reservation/reservation.ts'

/** `there`: it was asked for already, by this process or another. */
export type Asked = { readonly kind: 'asked' | 'there' } | { readonly kind: 'refused'; readonly reason: string }

/** The reservations of machines: one for each, under a name that its uid decides. */
export interface Capacity {
  /** As last seen by the watch; undefined = none, or not seen yet. */
  find(machine: Machine): Reservation | undefined
  /** From the store itself; undefined = none. Throws when that does not answer. */
  read(machine: Machine): Promise<Reservation | undefined>
  /** Asks for all lines or none, to be held until it is given back. May be repeated. Throws when nobody knows whether it came through. */
  ask(machine: Machine, lines: readonly PoolLine[]): Promise<Asked>
  /** Gives it back; nothing when there is none. Throws when nobody knows whether it came through. */
  giveBack(machine: Pick<Machine, 'namespace' | 'name' | 'uid'>): Promise<void>
  /** The machines for which there is a reservation, as last seen. */
  owners(): Iterable<Pick<Machine, 'namespace' | 'name' | 'uid'>>
}
