import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Resource, ResourceIdentity } from '../../domain/resource/resource.ts'
import type { Outcome } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import type { Capacity, CapacityOwner } from './capacity.ts'
import type { Removal } from './provider.ts'
import type { Resources } from './resources.ts'
import { type Holding, holdingSweep } from './sweep-holdings.ts'

export interface LostOwnersParts {
  readonly resources: Pick<Resources<Resource>, 'find'>
  readonly capacity: Pick<Capacity, 'owners'>
}

export interface SweepCapacityParts extends PatienceParts {
  /** What they are called in logs, such as machines. */
  readonly what: string
  readonly resources: Pick<Resources<Resource>, 'find' | 'read'>
  readonly capacity: Pick<Capacity, 'owners' | 'giveBack'>
  /** Takes away what a provider still has of one that is gone; absent = what they have may stay. */
  readonly removeRest?: ((resource: ResourceIdentity) => Promise<Removal>) | undefined
}

/** Resources that are gone and whose capacity is still held, as last seen. */
export function lostOwners({ resources, capacity }: LostOwnersParts): CapacityOwner[] {
  return [...capacity.owners()].filter(
    ({ namespace, name, uid }) => resources.find(keyOf(namespace, name))?.uid !== uid,
  )
}

/**
 * Gives back, with each call, the capacity of resources that are gone without us: by a finalizer taken off, or a restored
 * backup, once their provider has nothing of them. One that can't be looked for keeps no other waiting.
 */
export function capacitySweep(parts: SweepCapacityParts): () => Promise<Outcome> {
  const { what, resources, capacity, removeRest } = parts
  const holdingOf = (owner: CapacityOwner): Holding => ({
    ...owner,
    holder: owner,
    provider: removeRest ? owner.provider : 'Simulated',
    ...{ abandoned: false, of: keyOf(owner.namespace, owner.name) },
  })
  const { sweep } = holdingSweep<Holding>({
    ...parts,
    operation: `give capacity of lost ${what} back`,
    held: () => lostOwners(parts).map(holdingOf),
    holders: resources,
    isSeen: () => true, // owners of namespaces that are not are left out
    async removeRest(resource, { provider }) {
      const removal = (await removeRest?.(resource)) ?? { kind: 'gone' }
      // what was asked for before providers were written down may be of none that there ever was here
      const isOfNone = provider === undefined && removal.kind === 'going' && removal.isUnseen
      return isOfNone ? { kind: 'gone' } : removal
    },
    release: ({ holder }) => capacity.giveBack(holder),
  })
  return sweep
}
