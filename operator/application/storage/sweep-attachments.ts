import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Storage } from '../../domain/storage/storage.ts'
import type { Resources } from '../resource/resources.ts'
import { type Holding, type HoldingSweep, holdingSweep, type SweepHoldingsParts } from '../resource/sweep-holdings.ts'
import { releaseStorage } from './release-storage.ts'

export interface SweepAttachmentsParts
  extends Omit<SweepHoldingsParts<Holding>, 'operation' | 'held' | 'holders' | 'release'> {
  readonly storages: Pick<Resources<Storage>, 'all' | 'read' | 'report'>
  readonly machines: SweepHoldingsParts<Holding>['holders']
}

/** Frees the storages of machines that are gone without us. */
export function attachmentSweep({ storages, machines, ...parts }: SweepAttachmentsParts): HoldingSweep {
  return holdingSweep<Holding>({
    ...parts,
    ...{ operation: 'free storages of lost machines', holders: machines },
    held: () => [...storages.all()].flatMap(heldOf),
    release: (storage) => releaseStorage(storages, storage, storage.holder.uid),
  })
}

function heldOf({ namespace, name, uid, status, abandoned, deletingSince }: Storage): Holding[] {
  const user = status?.attachedTo
  if (!user) return []
  const isGivenUp = abandoned && deletingSince !== undefined
  const holder = { namespace, name: user.name, uid: user.uid }
  return [
    {
      namespace,
      name,
      uid,
      holder,
      provider: user.provider,
      abandoned: isGivenUp,
      of: `storage ${keyOf(namespace, name)}`,
    },
  ]
}
