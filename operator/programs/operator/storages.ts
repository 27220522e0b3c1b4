import type { Clock } from '../../application/clock.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import type { Logger } from '../../application/logger.ts'
import { type Outcome, recheckAfter } from '../../application/outcome.ts'
import type { HoldingSweep } from '../../application/resource/sweep-holdings.ts'
import { storageKind } from '../../application/storage/storage-kind.ts'
import type { StorageMachines } from '../../application/storage/storage-users.ts'
import { attachmentSweep, type SweepAttachmentsParts } from '../../application/storage/sweep-attachments.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Storage } from '../../domain/storage/storage.ts'
import { keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import type { VirtualStorage } from '../../infrastructure/kubernetes/resources/generated/virtual-storage.ts'
import { storageMarks } from '../../infrastructure/kubernetes/resources/resource-capacity.ts'
import { storedReclaim, storedStorages } from '../../infrastructure/kubernetes/resources/virtual-storages.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import { volumeProvider } from '../../infrastructure/kubernetes/volumes/volume-provider.ts'
import { isWatchedAndListed } from '../../infrastructure/kubernetes/watched-cache.ts'
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
  readonly machines: MachinesWithStorages
  /** A storage came, changed or went. */
  readonly onSeen: (seen: { readonly key: string; readonly uid: string }) => void
  /** Has a storage looked at again. */
  readonly enqueue: (key: string) => void
}

/** What is known of machines, as far as storages go. */
export interface MachinesWithStorages
  extends Omit<StorageMachines, 'keptBy'>,
    Pick<SweepAttachmentsParts, 'removeRest'>,
    Pick<SweepAttachmentsParts['machines'], 'read'> {
  /** Whether those that there are were seen, as far as they can be. */
  readonly hasBegun: () => boolean
}

/** The part of leading that is about storages. */
export interface StorageWork extends ResourceWork<VirtualStorage, Storage> {
  /** Whether all storages of a namespace were seen. */
  isSeen(namespace: string): boolean
  /** All machines of a namespace were seen (undefined = of all): its deleted storages that have waited for them go on. */
  machinesListed(namespace: string | undefined): void
  /** Frees those of machines that are gone. */
  sweepAttachments(): Promise<Outcome>
}

/** Until there is a leader's engine, and machines were seen, nothing is done. */
const NOT_YET_MS = 100

export function storageWork(parts: StorageWorkParts): StorageWork {
  const { api, clock, skew, settings, logger, enqueue, onSeen, caches, outlet, gauges, machines } = parts
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
  let attachments: HoldingSweep | undefined
  const known = { ...machines, keptBy: (uid: string) => attachments?.keptBy(uid) }
  const work = resourceWork({
    kind: storageKind({
      ...{ providers, defaultProvider: settings.provider, classes: Object.keys(classes), policies, machines: known },
    }),
    ...{ stored: storedStorages, marks: storageMarks, client: api.clients.storages, cacheOf: api.storageCache },
    ...{ eventFor: outlet.storageEventFor, observer, maxTries, clock, skew, api, caches, enqueue },
    onSeen: (object) => onSeen({ key: keyOfObject(object), uid: object.metadata.uid ?? '' }),
    stopProviders: volumes.stop,
  })
  return {
    ...work,
    isSeen: (namespace) => isWatchedAndListed(work.cache, api.namespaces, namespace),
    machinesListed(listed) {
      for (const { namespace, name, deletingSince } of work.resources.all())
        if (deletingSince !== undefined && (listed ?? namespace) === namespace) enqueue(keyOf(namespace, name))
    },
    start(engine, seen, namespaces) {
      attachments = sweepOf(parts, work, engine)
      work.start(engine, seen, namespaces)
    },
    async sweepAttachments() {
      return attachments && machines.hasBegun() ? attachments.sweep() : recheckAfter(NOT_YET_MS)
    },
  }
}

function sweepOf(
  { machines, clock }: StorageWorkParts,
  { resources }: ResourceWork<VirtualStorage, Storage>,
  engine: Engine,
): HoldingSweep {
  const { retried: onRetry, trouble: onTrouble } = engine.world.observer
  const { isSeen, removeRest } = machines
  return attachmentSweep({ storages: resources, machines, isSeen, removeRest, clock, onRetry, onTrouble })
}
