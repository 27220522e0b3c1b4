import type { Logger } from '../../application/logger.ts'
import type { StorageObserver } from '../../application/storage/storage-kind.ts'
import type { Storage, StorageStatus } from '../../domain/storage/storage.ts'
import { quietStorageReasons } from '../../domain/storage/storage-reasons.ts'
import { ageAt, isFirst, type ResourceOccurrence, resourceObserver } from './resource-observer.ts'
import type { StorageMetrics } from './storage-metrics.ts'

export interface StorageObserverParts {
  readonly metrics: StorageMetrics
  readonly logger: Logger
  /** Must not wait or throw. */
  readonly record: (occurrence: ResourceOccurrence) => void
}

/** What is logged, counted and recorded of storages. */
export function storageObserver({ metrics, logger, record }: StorageObserverParts): StorageObserver {
  return resourceObserver<Storage>({
    ...{ noun: 'storage', logger, record, actions, waiting: new Set(['Reserving', 'Allocating']) },
    quietReasons: quietStorageReasons,
    measure(storage, _, step) {
      const { pool } = storage.spec
      if (step.operation === 'Fail') metrics.ended('failed', pool)
      if (step.operation !== 'Allocate' || step.status === 'Failed' || !isFirst(storage, step)) return
      metrics.ended('success', pool)
      metrics.allocatedAfter(ageAt(storage, step))
    },
  })
}

const actions: Readonly<Record<StorageStatus['phase'], string>> = {
  Pending: 'Begin',
  Reserving: 'Reserve',
  Allocating: 'Allocate',
  Allocated: 'Allocate',
  Failed: 'Fail',
  Deleting: 'Delete',
}
