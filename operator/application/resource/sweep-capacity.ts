import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Resource } from '../../domain/resource/resource.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import { type Sweepable, sweeper } from '../sweep.ts'
import type { Capacity } from './capacity.ts'
import type { Resources } from './resources.ts'

const EVERY_MS = 60_000
const LANES = 4

export interface LostOwnersParts {
  readonly resources: Pick<Resources<Resource>, 'find'>
  readonly capacity: Pick<Capacity, 'owners'>
}

export interface SweepCapacityParts extends PatienceParts {
  /** What they are called in logs, such as machines. */
  readonly what: string
  readonly resources: Pick<Resources<Resource>, 'find' | 'read'>
  readonly capacity: Pick<Capacity, 'owners' | 'giveBack'>
}

/** Resources that are gone and whose capacity is still held, as last seen. */
export function lostOwners({ resources, capacity }: LostOwnersParts): Sweepable[] {
  return [...capacity.owners()].filter(
    ({ namespace, name, uid }) => resources.find(keyOf(namespace, name))?.uid !== uid,
  )
}

/**
 * Gives back, with each call, the capacity of resources that are gone without us: by a finalizer taken off, or a restored
 * backup. One that can't be looked for keeps no other waiting.
 */
export function capacitySweep(parts: SweepCapacityParts): () => Promise<Outcome> {
  const { what, resources, capacity } = parts
  const giveBack = sweeper<Sweepable>({
    ...parts,
    ...{ operation: `give capacity of lost ${what} back`, lanes: LANES, most: Infinity },
    async work(owner) {
      const stored = await resources.read(owner.namespace, owner.name)
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
