import { keyOf } from '../../domain/reservation/reservation.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import { type Sweepable, sweeper } from '../sweep.ts'
import type { Capacity } from './capacity.ts'
import type { Machines } from './machines.ts'

const EVERY_MS = 60_000
const LANES = 4

export interface LostOwnersParts {
  readonly machines: Pick<Machines, 'find'>
  readonly capacity: Pick<Capacity, 'owners'>
}

export interface SweepCapacityParts extends PatienceParts {
  readonly machines: Pick<Machines, 'find' | 'read'>
  readonly capacity: Pick<Capacity, 'owners' | 'giveBack'>
}

/** Machines that are gone and whose capacity is still held, as last seen. */
export function lostOwners({ machines, capacity }: LostOwnersParts): Sweepable[] {
  return [...capacity.owners()].filter(({ namespace, name, uid }) => machines.find(keyOf(namespace, name))?.uid !== uid)
}

/**
 * Gives back, with each call, the capacity of machines that are gone without us: by a finalizer taken off, or a restored
 * backup. One that can't be looked for keeps no other waiting.
 */
export function capacitySweep(parts: SweepCapacityParts): () => Promise<Outcome> {
  const { machines, capacity } = parts
  const giveBack = sweeper<Sweepable>({
    ...parts,
    ...{ operation: 'give capacity of lost machines back', lanes: LANES, most: Infinity },
    async work(owner) {
      const stored = await machines.read(owner.namespace, owner.name)
      if (stored?.uid === owner.uid) return false
      await capacity.giveBack(owner)
      return true
    },
  })
  return async () => {
    await giveBack(lostOwners(parts))
    return recheckAfter(EVERY_MS)
  }
}
