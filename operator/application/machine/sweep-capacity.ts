import { keyOf } from '../../domain/reservation/reservation.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import { type Sweepable, sweeper } from '../sweep.ts'
import type { Capacity } from './capacity.ts'
import type { Machines } from './machines.ts'

const EVERY_MS = 60_000
const LANES = 4

export interface SweepCapacityParts extends PatienceParts {
  readonly machines: Pick<Machines, 'find' | 'read'>
  readonly capacity: Pick<Capacity, 'owners' | 'giveBack'>
}

/**
 * Gives back, with each call, the capacity of machines that are gone without us: by a finalizer taken off, or a restored
 * backup. One that can't be looked for keeps no other waiting.
 */
export function capacitySweep(parts: SweepCapacityParts): () => Promise<Outcome> {
  const { machines, capacity } = parts
  const isSeen = ({ namespace, name, uid }: Sweepable) => machines.find(keyOf(namespace, name))?.uid === uid
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
    await giveBack([...capacity.owners()].filter((owner) => !isSeen(owner)))
    return recheckAfter(EVERY_MS)
  }
}
