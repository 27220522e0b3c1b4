import { msBetween, tickOf } from '../../operator/application/clock.ts'
import { clockCheck } from '../../operator/application/clock-check.ts'
import { clockSkew } from '../../operator/application/clock-skew.ts'
import { stepEvents } from '../../operator/application/event/step-events.ts'
import type { Outcome } from '../../operator/application/outcome.ts'
import { bootTimes } from '../../operator/application/virtualization/boot-times.ts'
import { reconcileRequest } from '../../operator/application/virtualization/reconcile-request.ts'
import type { RequestParts } from '../../operator/application/virtualization/request-parts.ts'
import { requestEventFrom } from '../../operator/domain/event/request-event.ts'
import type { Machine } from '../../operator/domain/machine/machine.ts'
import type { Network } from '../../operator/domain/network/network.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import type { Storage } from '../../operator/domain/storage/storage.ts'
import type { RequestStatus, ResourceRequest } from '../../operator/domain/virtualization/resource-request.ts'
import { aMachine } from '../fixtures/machine-builders.ts'
import { aNetwork } from '../fixtures/network-builders.ts'
import { sha256 } from '../fixtures/request-builders.ts'
import { aStorage } from '../fixtures/storage-builders.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { type InMemoryRequestedResources, inMemoryRequestedResources } from './in-memory-requested-resources.ts'
import { type InMemoryRequests, inMemoryRequests } from './in-memory-requests.ts'
import { type RecordedRelay, recordedRelay } from './recorded-relay.ts'

export const GIVE_UP_MS = 86_400_000

/** Everything around requests, in memory; the store's clock is right. The operator in it can be started again, with nothing that it knew. */
export interface RequestWorld {
  readonly clock: FakeClock
  readonly requests: InMemoryRequests
  readonly machines: InMemoryRequestedResources<Machine>
  readonly storages: InMemoryRequestedResources<Storage>
  readonly networks: InMemoryRequestedResources<Network>
  readonly boots: ReturnType<typeof bootTimes>
  /** The relay of the operator that runs now. */
  readonly relay: RecordedRelay
  /** What its observer was told: the operations of each status. */
  readonly told: string[][]
  /** Of the request that the world was made with, or another one in its namespace. */
  reconcile(name?: string): Promise<Outcome>
  /** Ends this operator and starts another. */
  restart(): void
  /** The request, or another one in its namespace, as it is stored; throws when it has no status. */
  status(name?: string): RequestStatus
}

/** `wrap` stands between the operator and a port; to have it crash. */
export function requestWorld(
  request: ResourceRequest,
  wrap: <T extends object>(port: T) => T = (port) => port,
): RequestWorld {
  const clock = fakeClock()
  const requests = inMemoryRequests()
  const machines = inMemoryRequestedResources('VirtualMachine', aMachine)
  const storages = inMemoryRequestedResources('VirtualStorage', aStorage)
  const networks = inMemoryRequestedResources('VirtualNetwork', aNetwork)
  const boots = bootTimes()
  const told: string[][] = []
  requests.put(request)

  function start() {
    const relay = recordedRelay()
    const skew = clockSkew(clock)
    skew.observe(msBetween(tickOf(0), clock.tick()))
    const parts: RequestParts = {
      ...{ requests: wrap(requests), bootTimes: boots, sha256, clock, skew },
      resources: {
        ...{ VirtualMachine: wrap(machines), VirtualStorage: wrap(storages), VirtualNetwork: wrap(networks) },
      },
      giveUpAfterMs: GIVE_UP_MS,
      clockIsRight: clockCheck({ skew, clock, objects: requests }),
      events: stepEvents<ResourceRequest>({
        relay,
        eventFor: (of, number) => ({
          ...requestEventFrom(of, { cluster: 'eu-1', number, term: 1, sha256 }),
          topics: ['virtualization-events'],
        }),
        onPublished: () => undefined,
      }),
      observer: { told: (_, __, steps) => void told.push(steps.map(({ operation }) => operation)) },
    }
    return { relay, parts }
  }
  let running = start()

  return {
    ...{ clock, requests, machines, storages, networks, boots, told },
    get relay() {
      return running.relay
    },
    reconcile: (name = request.name) => reconcileRequest(running.parts, keyOf(request.namespace, name)),
    restart() {
      running = start()
    },
    status(name = request.name) {
      const found = requests.stored(keyOf(request.namespace, name))?.status
      if (!found) throw new Error('there is no status')
      return found
    },
  }
}
