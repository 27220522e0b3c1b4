import fc from 'fast-check'
import { storageEventFrom } from '../../../../operator/domain/event/storage-event.ts'
import type { Storage, StorageOperation } from '../../../../operator/domain/storage/storage.ts'
import { aStorage } from '../../../fixtures/storage-builders.ts'
import { describeEventSchemas, givenOf, historyOf, requesters } from './resource-event-schemas.ts'

describeEventSchemas<Storage, StorageOperation>({
  kind: 'storage',
  operations: ['Request', 'Reserve', 'Provision', 'Allocate', 'Fail', 'Delete'],
  resources: fc
    .record({
      uid: fc.uuid(),
      size: fc.constantFrom('512Mi', '8Gi', '9999999Ti'),
      iops: fc.option(fc.integer({ min: 1, max: 10_000_000 }), { nil: undefined }),
      ...requesters,
    })
    .map(({ uid, size, iops, ...requester }) =>
      aStorage({ uid, spec: { size, ...(iops !== undefined && { iops }), ...givenOf(requester) } }),
    ),
  eventOf: (storage, step, context, isSimulated) =>
    storageEventFrom(
      {
        ...storage,
        status: {
          ...{ observedGeneration: 1, phase: 'Allocating', reason: 'Allocating', message: '' },
          ...{ storageId: 'STOR-64DE90EF', provider: isSimulated ? 'Simulated' : 'PersistentVolumeClaim' },
          ...historyOf(step, context),
        },
      },
      context,
    ),
})
