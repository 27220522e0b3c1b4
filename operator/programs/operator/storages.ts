import type { Clock } from '../../application/clock.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Logger } from '../../application/logger.ts'
import { storageKind } from '../../application/storage/storage-kind.ts'
import type { Storage } from '../../domain/storage/storage.ts'
import type { VirtualStorage } from '../../infrastructure/kubernetes/resources/generated/virtual-storage.ts'
import { storageMarks } from '../../infrastructure/kubernetes/resources/resource-capacity.ts'
import { storedReclaim, storedStorages } from '../../infrastructure/kubernetes/resources/virtual-storages.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import { volumeProvider } from '../../infrastructure/kubernetes/volumes/volume-provider.ts'
import type { StorageSettings } from '../../infrastructure/settings/settings.ts'
import { simulatedStorageProvider } from '../../infrastructure/simulated/simulated-storage-provider.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import { storageObserver } from '../../infrastructure/telemetry/storage-observer.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'
import { type ResourceWork, type ResourceWorkParts, resourceWork } from './resource-work.ts'

export interface StorageWorkParts {
  readonly settings: StorageSettings
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly logger: Logger
  readonly api: Api
  readonly outlet: Pick<EventOutlet, 'storageEventFor'>
  readonly gauges: Pick<Metrics, 'storages'>
  readonly caches: ResourceWorkParts<VirtualStorage, Storage, never, never>['caches']
  /** A storage with this uid came, changed or went. */
  readonly onSeen: (uid: string) => void
  /** Has a storage looked at again. */
  readonly enqueue: (key: string) => void
}

/** The part of leading that is about storages. */
export type StorageWork = ResourceWork<VirtualStorage, Storage>

export function storageWork(parts: StorageWorkParts): StorageWork {
  const { api, clock, skew, settings, logger, enqueue, onSeen, caches, outlet, gauges } = parts
  const { classes, policies, maxTries } = settings
  const volumes = volumeProvider({
    ...{ client: api.client, clock: steadyClock(), classes, onChanged: enqueue },
    cacheOf: (client, handlers) => api.cacheOf(client, 'persistentvolumeclaims', handlers),
    reclaimOf: (storage) => storedReclaim(api.clients.storages, storage),
  })
  const providers = {
    PersistentVolumeClaim: volumes,
    Simulated: simulatedStorageProvider({ clock, ...settings.simulated }),
  }
  const observer = storageObserver({
    metrics: gauges.storages,
    logger: logger.child({ component: 'storages' }),
    record: api.recordStorage,
  })
  return resourceWork({
    kind: storageKind({ providers, defaultProvider: settings.provider, classes: Object.keys(classes), policies }),
    ...{ stored: storedStorages, marks: storageMarks, client: api.clients.storages, cacheOf: api.storageCache },
    ...{ eventFor: outlet.storageEventFor, observer, maxTries, clock, skew, api, caches, enqueue },
    onSeen: ({ metadata }) => onSeen(metadata.uid ?? ''),
    stopProviders: volumes.stop,
  })
}
