import { keyOf } from '../../domain/reservation/reservation.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { Capacity } from './capacity.ts'
import type { Machines } from './machines.ts'

const EVERY_MS = 60_000

/** Gives back the capacity of machines that are gone without us: by a finalizer taken off, or a restored backup. */
export async function sweepCapacity({
  machines,
  capacity,
}: {
  readonly machines: Machines
  readonly capacity: Capacity
}): Promise<Outcome> {
  for (const owner of capacity.owners()) {
    const { namespace, name, uid } = owner
    if (machines.find(keyOf(namespace, name))?.uid === uid) continue
    const stored = await machines.read(namespace, name)
    if (stored?.uid !== uid) await capacity.giveBack(owner)
  }
  return recheckAfter(EVERY_MS)
}
