import { hash } from 'node:crypto'
import type { Clock } from '../../application/clock.ts'
import { clockCheck } from '../../application/clock-check.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { stepEvents } from '../../application/event/step-events.ts'
import type { Logger } from '../../application/logger.ts'
import { type Outcome, recheckAfter } from '../../application/outcome.ts'
import type { BootTimes } from '../../application/virtualization/boot-times.ts'
import { reconcileRequest } from '../../application/virtualization/reconcile-request.ts'
import { requestMemory } from '../../application/virtualization/request-memory.ts'
import type { RequestParts } from '../../application/virtualization/request-parts.ts'
import type { ResourcesByKind } from '../../application/virtualization/requested-resources.ts'
import { requestRetirement } from '../../application/virtualization/retire-requests.ts'
import { countedType } from '../../domain/virtualization/request-types.ts'
import { keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { ownerOf } from '../../infrastructure/kubernetes/providers/provided-objects.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import { requestedResources } from '../../infrastructure/kubernetes/resources/requested-resources.ts'
import {
  type CapacityMarks,
  machineMarks,
  resourceCapacity,
  storageMarks,
} from '../../infrastructure/kubernetes/resources/resource-capacity.ts'
import { machineFromResource } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { storedNetworks } from '../../infrastructure/kubernetes/resources/virtual-networks.ts'
import { storedStorages } from '../../infrastructure/kubernetes/resources/virtual-storages.ts'
import {
  kubernetesRequests,
  requestsAbout,
  requestsEndedBy,
  requestsHindered,
} from '../../infrastructure/kubernetes/resources/virtualization-requests.ts'
import { isListed, type Namespaces, type WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { DatabaseSettings, RequestSettings } from '../../infrastructure/settings/settings.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import { requestObserver } from '../../infrastructure/telemetry/request-observer.ts'
import { writtenMessages } from '../remembered-messages.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'
import type { MachineWork } from './machines.ts'
import type { NetworkWork } from './networks.ts'
import type { StorageWork } from './storages.ts'

export interface RequestWorkParts {
  readonly settings: RequestSettings
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly logger: Logger
  readonly api: Api
  readonly outlet: Pick<EventOutlet, 'requestEventFor'>
  readonly gauges: Pick<Metrics, 'requests'>
  readonly reservations: WatchedCache<Reservation>
  readonly machines: Pick<MachineWork, 'cache'>
  readonly storages: Pick<StorageWork, 'cache'>
  readonly networks: Pick<NetworkWork, 'cache'>
  readonly bootTimes: BootTimes
  /** Absent: nobody remembers requests that are deleted. */
  readonly rememberedIn?: DatabaseSettings
  /** Has a request looked at again. */
  readonly enqueue: (key: string) => void
}

/** The part of leading that is about requests. */
export interface RequestWork {
  /** A resource came, changed or went: the requests that are about it are looked at. */
  resourceSeen(uid: string): void
  /** A reservation came or changed: if it is a resource's, its place in line may be another. */
  reservationSeen(reservation: Reservation): void
  start(engine: Engine, namespaces: Namespaces): void
  /** Requests of one more namespace. */
  follow(namespace: string): void
  reconcile(key: string): Promise<Outcome>
  /** Deletes some of those that are over. */
  retire(): Promise<Outcome>
  stop(): Promise<void>
}

/** Until there is a leader's engine nothing is done. */
const NOT_YET_MS = 100

const sha256 = (text: string) => hash('sha256', text, 'hex')

export function requestWork(parts: RequestWorkParts): RequestWork {
  const { api, clock, skew, enqueue, outlet, rememberedIn } = parts
  const written = rememberedIn && writtenMessages(rememberedIn)
  let leading: (RequestParts & { readonly retire: () => Promise<Outcome> }) | undefined
  const cache = api.requestCache({
    onAdded(request) {
      enqueue(keyOfObject(request))
      for (const key of requestsEndedBy(cache, request)) enqueue(key) // it may be waited for in vain
    },
    onUpdated: (_, request) => enqueue(keyOfObject(request)),
    onDeleted(request) {
      leading?.events.forget(request.metadata.uid ?? '')
      enqueue(keyOfObject(request))
    },
  })
  const requests = kubernetesRequests({ client: api.clients.requests, cache, onServerDate: skew.observe })
  const resources = resourcesOf(parts)
  parts.gauges.requests.readFrom({
    hinderedFor: (ms) =>
      requestsHindered(cache, clock.now() - ms).map(({ spec, status }) => ({
        type: countedType(spec.messageType),
        reason: status?.reason ?? '',
      })),
  })

  function begin(engine: Engine): void {
    const { retried: onRetry, trouble: onTrouble } = engine.world.observer
    leading = {
      ...{ requests, resources, bootTimes: parts.bootTimes, sha256, clock, skew },
      giveUpAfterMs: parts.settings.giveUpAfterMs,
      clockIsRight: clockCheck({ skew, clock, objects: requests }),
      events: stepEvents({
        relay: engine.relay,
        eventFor: (request, number) => outlet.requestEventFor(request, { number, term: engine.term, sha256 }),
        onPublished: enqueue,
      }),
      observer: requestObserver({
        metrics: parts.gauges.requests,
        logger: parts.logger.child({ component: 'requests' }),
        record: api.recordRequest,
      }),
      retire: requestRetirement({
        ...{ requests, clock, skew, retention: parts.settings, onRetry, onTrouble },
        ...(written && {
          memory: requestMemory({
            ...{ processed: written.processed, keptMs: parts.settings.rememberForMs },
            ...{ clock, sha256, onRetry, onTrouble },
          }),
        }),
      }),
    }
  }

  const resourceSeen = (uid: string): void => {
    for (const key of requestsAbout(cache, uid)) enqueue(key)
  }

  return {
    resourceSeen,
    reservationSeen(reservation) {
      const owner = ownerOf(reservation, machineMarks) ?? ownerOf(reservation, storageMarks)
      if (owner) resourceSeen(owner.uid)
    },
    start(engine, namespaces) {
      begin(engine)
      for (const namespace of namespaces) void cache.follow(namespace)
    },
    follow: (namespace) => void cache.follow(namespace),
    reconcile: async (key) => (leading ? reconcileRequest(leading, key) : recheckAfter(NOT_YET_MS)),
    retire: async () => (leading ? leading.retire() : recheckAfter(NOT_YET_MS)),
    stop() {
      void written?.close() // it waits for what is under way there, which harms nobody who leads after us
      return cache.stop()
    },
  }
}

/** What requests have made, and ended. */
function resourcesOf({ api, machines, storages, networks, reservations }: RequestWorkParts): ResourcesByKind {
  const { clients } = api
  const seenIn = (cache: Parameters<typeof isListed>[0]) => (namespace: string) => isListed(cache, namespace)
  const capacity = (marks: CapacityMarks) =>
    resourceCapacity({ marks, client: clients.reservations, cache: reservations })
  return {
    VirtualMachine: requestedResources({
      ...{ client: clients.machines, cache: machines.cache, isListed: seenIn(machines.cache) },
      fromObject: (object) => ({ ...machineFromResource(object), kind: 'VirtualMachine' }),
      capacity: capacity(machineMarks),
    }),
    VirtualStorage: requestedResources({
      ...{ client: clients.storages, cache: storages.cache, isListed: seenIn(storages.cache) },
      fromObject: (object) => ({ ...storedStorages.fromObject(object), kind: 'VirtualStorage' }),
      capacity: capacity(storageMarks),
    }),
    VirtualNetwork: requestedResources({
      ...{ client: clients.networks, cache: networks.cache, isListed: seenIn(networks.cache) },
      fromObject: (object) => ({ ...storedNetworks.fromObject(object), kind: 'VirtualNetwork' }),
    }),
  }
}
