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
import type { RequestParts } from '../../application/virtualization/request-parts.ts'
import { requestRetirement } from '../../application/virtualization/retire-requests.ts'
import { keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import { requestedMachines } from '../../infrastructure/kubernetes/resources/requested-machines.ts'
import { machineMarks, ownerOf, resourceCapacity } from '../../infrastructure/kubernetes/resources/resource-capacity.ts'
import {
  kubernetesRequests,
  requestsAbout,
  requestsEndedBy,
} from '../../infrastructure/kubernetes/resources/virtualization-requests.ts'
import { isListed, type Namespaces, type WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { RequestSettings } from '../../infrastructure/settings/settings.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import { requestObserver } from '../../infrastructure/telemetry/request-observer.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'
import type { MachineWork } from './machines.ts'

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
  readonly bootTimes: BootTimes
  /** Has a request looked at again. */
  readonly enqueue: (key: string) => void
}

/** The part of leading that is about requests. */
export interface RequestWork {
  /** A machine came, changed or went: the requests that are about it are looked at. */
  machineSeen(uid: string): void
  /** A reservation came or changed: if it is a machine's, its place in line may be another. */
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
  const { api, clock, skew, enqueue, outlet } = parts
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
  const machines = requestedMachines({
    client: api.clients.machines,
    cache: parts.machines.cache,
    isListed: (namespace) => isListed(parts.machines.cache, namespace),
    capacity: resourceCapacity({ marks: machineMarks, client: api.clients.reservations, cache: parts.reservations }),
  })

  function begin(engine: Engine): void {
    const { retried: onRetry, trouble: onTrouble } = engine.world.observer
    leading = {
      ...{ requests, machines, bootTimes: parts.bootTimes, sha256, clock, skew },
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
      retire: requestRetirement({ requests, clock, skew, retention: parts.settings, onRetry, onTrouble }),
    }
  }

  const machineSeen = (uid: string): void => {
    for (const key of requestsAbout(cache, uid)) enqueue(key)
  }

  return {
    machineSeen,
    reservationSeen(reservation) {
      const machine = ownerOf(reservation, machineMarks)
      if (machine) machineSeen(machine.uid)
    },
    start(engine, namespaces) {
      begin(engine)
      for (const namespace of namespaces) void cache.follow(namespace)
    },
    follow: (namespace) => void cache.follow(namespace),
    reconcile: async (key) => (leading ? reconcileRequest(leading, key) : recheckAfter(NOT_YET_MS)),
    retire: async () => (leading ? leading.retire() : recheckAfter(NOT_YET_MS)),
    stop: () => cache.stop(),
  }
}
