import type { ProvidedStorage } from '../../domain/storage/provided-storage.ts'
import type { Storage, StorageProviderName } from '../../domain/storage/storage.ts'
import type { OwnStorageReason } from '../../domain/storage/storage-reasons.ts'
import { storageStatusAfter } from '../../domain/storage/storage-status.ts'
import {
  type StoragePolicies,
  storageAsks,
  storageViolation,
  storageWants,
} from '../../domain/storage/storage-terms.ts'
import type { Provider } from '../resource/provider.ts'
import type { ResourceObserver, ResourceParts } from '../resource/resource-parts.ts'
import { type StorageMachines, storageUsers } from './storage-users.ts'

export type StorageProvider = Provider<Storage, ProvidedStorage, StorageProviderName>
export type StorageObserver = ResourceObserver<Storage>
export type StorageParts = ResourceParts<Storage, ProvidedStorage, OwnStorageReason>

export interface StorageChoices {
  readonly providers: Readonly<Record<StorageProviderName, StorageProvider>>
  /** For storages that name none. */
  readonly defaultProvider: StorageProviderName
  /** The classes that a storage may name. */
  readonly classes: readonly string[]
  readonly policies: StoragePolicies
  readonly machines: StorageMachines
}

const passing: ReadonlySet<string> = new Set(['Reserving', 'Allocating'])

/** What is particular to storages. */
export function storageKind(choices: StorageChoices): StorageParts['kind'] {
  const { providers, defaultProvider, classes, policies, machines } = choices
  return {
    ...{ what: 'storage', name: 'VirtualStorage', command: 'vstorage', passing },
    maxPerOwner: policies.maxPerOwner,
    /** Settled with the first status, so that a changed setting moves no storage. */
    providerOf: ({ spec, status }) => providers[status?.provider ?? spec.provider ?? defaultProvider],
    wants: ({ spec }) => storageWants(spec),
    asks: ({ spec }) => storageAsks(spec),
    violation: ({ spec }) => storageViolation(spec, policies),
    obstacle: ({ spec }) =>
      classes.includes(spec.class)
        ? undefined
        : {
            reason: 'ClassUnknown',
            message: `class ${spec.class} is not known; the setting storages.classes has ${[...classes].sort().join(', ')}`,
          },
    usedBy: (storage) => storageUsers(machines, storage),
    /** Nobody's data is taken away for that. */
    afterLoss: async () => 'its data is left as it is',
    statusAfter: storageStatusAfter,
  }
}
