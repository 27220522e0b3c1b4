import { stepsAfter } from '../kept-steps.ts'
import { conditionsAfter, deletionTruth, heldTruths, type Truth } from '../resource/conditions.ts'
import { became, shortened, stepsOf } from '../resource/history.ts'
import {
  type Storage,
  type StorageConditionType,
  type StorageStatus,
  type StorageStep,
  storageIdOf,
} from './storage.ts'
import { type StorageFacts, type StorageOutlook, type StorageSituation, storageOutlookOf } from './storage-outlook.ts'
import { storageAsks } from './storage-terms.ts'

/** The status of a storage in this situation; what has not changed since the last one is as it was. */
export function storageStatusAfter(storage: Storage, situation: StorageSituation, facts: StorageFacts): StorageStatus {
  const outlook = shortened(storageOutlookOf(storage, situation, facts))
  const { phase, reason, message, details } = outlook
  const next = {
    observedGeneration: storage.generation,
    ...{ phase, reason, message, storageId: storageIdOf(storage), provider: facts.provider },
    ...(facts.reservation !== undefined && { reservation: facts.reservation }),
    ...(facts.reservationUID !== undefined && { reservationUID: facts.reservationUID }),
    ...details,
    ...(storage.status?.attachedTo && { attachedTo: storage.status.attachedTo }),
    ...(facts.capacity && { cost: facts.capacity.cost }),
    conditions: conditionsAfter(
      storage,
      { ...truthsOf(outlook, facts), ...deletionTruth(situation, outlook) },
      facts.at,
    ),
  }
  const added = stepsBetween(storage, next, situation, facts)
  return { ...next, ...stepsAfter(storage.status, added, facts.published) }
}

function truthsOf(
  outlook: StorageOutlook,
  facts: StorageFacts,
): Record<Exclude<StorageConditionType, 'Deleting'>, Truth> {
  const { reason, message, ready } = outlook
  return {
    ...heldTruths(outlook, facts),
    Ready: { is: ready, reason, message },
  }
}

type Next = Pick<StorageStatus, 'phase' | 'message' | 'conditions' | 'tries' | 'reservation'>

/** What has happened between a storage's status and its next one, in the order in which it must have happened. */
function stepsBetween(
  { status: before, spec }: Storage,
  next: Next,
  situation: StorageSituation,
  facts: StorageFacts,
): StorageStep[] {
  const { message } = next
  const asked = `${storageAsks(spec)} of class ${spec.class} of pool ${spec.pool}`
  const refused = (next.tries ?? 0) > (before?.tries ?? 0)
  const allocated = next.phase === 'Allocated' && before?.phase !== 'Allocated'
  const failed = next.phase === 'Failed' && before?.phase !== 'Failed'
  const left = situation.kind === 'left' && before?.reason !== 'Deleted'
  return stepsOf(
    [
      [before === undefined, 'Request', asked],
      [became(before, next, 'CapacityReserved', 'True'), 'Reserve', `held by reservation ${next.reservation}`],
      [refused, 'Provision', message, 'Failed'],
      [became(before, next, 'Provisioned', 'True'), 'Provision', `${facts.provider} has it`],
      [allocated, 'Allocate', message],
      [failed, 'Fail', message, 'Failed'],
      [left, 'Delete', message],
    ],
    facts.at,
  )
}
