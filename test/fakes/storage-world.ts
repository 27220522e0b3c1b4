import { msBetween, type Tick, tickOf } from '../../operator/application/clock.ts'
import { clockCheck } from '../../operator/application/clock-check.ts'
import { clockSkew } from '../../operator/application/clock-skew.ts'
import { stepEvents } from '../../operator/application/event/step-events.ts'
import type { Outcome } from '../../operator/application/outcome.ts'
import { nextTries } from '../../operator/application/resource/next-tries.ts'
import type { Removal } from '../../operator/application/resource/provider.ts'
import { reconcileResource } from '../../operator/application/resource/reconcile-resource.ts'
import {
  type StorageChoices,
  type StorageParts,
  type StorageProvider,
  storageKind,
} from '../../operator/application/storage/storage-kind.ts'
import type { StorageMachines } from '../../operator/application/storage/storage-users.ts'
import { storageEventFrom } from '../../operator/domain/event/storage-event.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import type { PoolStock } from '../../operator/domain/resource/pool.ts'
import type { ProvidedStorage } from '../../operator/domain/storage/provided-storage.ts'
import type { Storage, StorageStatus } from '../../operator/domain/storage/storage.ts'
import { allocated } from '../fixtures/storage-builders.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { type InMemoryCapacity, inMemoryCapacity } from './in-memory-capacity.ts'
import { type InMemoryResources, inMemoryResources } from './in-memory-resources.ts'
import { recordedRelay } from './recorded-relay.ts'

const noMachines: StorageMachines = {
  find: () => undefined,
  with: () => [],
  unseen: () => undefined,
  isSeen: () => true,
  keptBy: () => undefined,
}

/** Everything around storages, in memory; the store's clock is right. */
export interface StorageWorld {
  readonly clock: FakeClock
  readonly storages: InMemoryResources<Storage>
  readonly capacity: InMemoryCapacity
  /** The next answers of the provider; then it has it allocated, or gone. */
  readonly answers: ProvidedStorage[]
  readonly removals: Removal[]
  /** Storages that each provider was asked to make, or to take away. */
  readonly asked: string[]
  reconcile(storage: Storage, choices?: Partial<StorageChoices>): Promise<Outcome>
  /** As it is stored; throws when it is gone. */
  stored(storage: Storage): Storage & { readonly status: StorageStatus }
}

export function storageWorld(given: Partial<StorageChoices> = {}): StorageWorld {
  const clock = fakeClock()
  const storages = inMemoryResources<Storage>('kbnt.io/storage')
  const capacity = inMemoryCapacity()
  const answers: ProvidedStorage[] = []
  const removals: Removal[] = []
  const asked: string[] = []
  const stocks: PoolStock[] = ['disk', 'iops'].map((resource) => ({
    ...{ namespace: 'team', name: `east-${resource}`, resource, reclaimPolicy: 'Return' },
    unit: resource === 'disk' ? 'GiB' : 'IOPS',
  }))
  const provider = (name: StorageProvider['name']): StorageProvider => ({
    name,
    unavailable: async () => undefined,
    async ensure(storage) {
      asked.push(`${name} makes ${storage.name}`)
      return answers.shift() ?? allocated
    },
    async remove(storage) {
      asked.push(`${name} removes ${storage.name}`)
      return removals.shift() ?? { kind: 'gone' }
    },
  })
  const usual: StorageChoices = {
    ...{ providers: { Simulated: provider('Simulated'), PersistentVolumeClaim: provider('PersistentVolumeClaim') } },
    ...{ defaultProvider: 'Simulated', classes: ['standard'], policies: {}, machines: noMachines },
    ...given,
  }
  const skew = clockSkew(clock)
  skew.observe(msBetween(tickOf(0), clock.tick()))
  const parts: Omit<StorageParts, 'kind'> = {
    ...{ resources: storages, capacity, maxTries: 3, askedAt: new Map<string, Tick>() },
    pools: { stocksOf: (namespace) => stocks.filter((stock) => stock.namespace === namespace) },
    events: stepEvents({
      relay: recordedRelay(),
      eventFor: (storage, number) => ({
        ...storageEventFrom(storage, { cluster: 'eu-1', number, term: 1 }),
        topics: ['virtualization-events'],
      }),
      onPublished: () => undefined,
    }),
    ...{ clock, skew, nextTries: nextTries(clock), clockIsRight: clockCheck({ skew, clock, objects: storages }) },
    observer: { told: () => undefined },
  }
  return {
    ...{ clock, storages, capacity, answers, removals, asked },
    reconcile: ({ namespace, name }, choices = {}) =>
      reconcileResource({ ...parts, kind: storageKind({ ...usual, ...choices }) }, keyOf(namespace, name)),
    stored({ namespace, name }) {
      const found = storages.stored(keyOf(namespace, name))
      if (!found?.status) throw new Error('there is no status')
      return { ...found, status: found.status }
    },
  }
}
