import { type Storage, type StorageOperation, storageIdOf } from '../storage/storage.ts'
import type { StockEvent } from './event.ts'
import { type EventWords, type ResourceEventContext, resourceEventFrom } from './resource-event.ts'

const verbs: Readonly<Record<StorageOperation, string>> = {
  Request: 'requested',
  Reserve: 'reserved',
  Provision: 'provisioned',
  Allocate: 'allocated',
  Fail: 'failed',
  Delete: 'deleted',
}

const words: EventWords<Storage> = {
  ...{ noun: 'storage', plural: 'vstorages', verbs },
  id: (storage) => ({
    storageId: storageIdOf(storage),
    ...{ pool: storage.spec.pool, poolNamespace: storage.spec.poolNamespace },
  }),
  resources: ({ spec }) => ({ size: spec.size, class: spec.class, iops: spec.iops ?? null }),
}

/** The event of one step of a storage. Throws when the step is not, or no longer, in its history. */
export function storageEventFrom(storage: Storage, context: ResourceEventContext): StockEvent {
  return resourceEventFrom(words, storage, context)
}
