import type { Clock } from './application/clock.ts'
import type { Engine } from './application/engine/engine.ts'
import type { OutgoingEvent } from './application/event/outgoing-event.ts'
import { machineEvents } from './application/machine/machine-events.ts'
import type { MachineObserver, MachineParts } from './application/machine/machine-parts.ts'
import type { Machines } from './application/machine/machines.ts'
import { reconcileMachine } from './application/machine/reconcile-machine.ts'
import { sweepCapacity } from './application/machine/sweep-capacity.ts'
import { type Outcome, recheckAfter } from './application/outcome.ts'
import type { Machine, ProviderName } from './domain/machine/machine.ts'
import { keyOfObject } from './infrastructure/kubernetes/kubernetes-object.ts'
import type { CacheHandlers } from './infrastructure/kubernetes/object-store.ts'
import type { ObjectList, ResourceClient } from './infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from './infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from './infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from './infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { machineCapacity, machineOf } from './infrastructure/kubernetes/resources/machine-capacity.ts'
import { machinePools, poolOf } from './infrastructure/kubernetes/resources/machine-pools.ts'
import { kubernetesMachines } from './infrastructure/kubernetes/resources/virtual-machines.ts'
import type { WorkQueue } from './infrastructure/kubernetes/work-queue.ts'
import type { MachineSettings } from './infrastructure/settings/settings.ts'
import type { StartableProvider } from './machine-providers.ts'
import type { Namespaces, WatchedCache } from './watched-cache.ts'

export interface MachineWorkParts {
  readonly clients: {
    readonly machines: ResourceClient<VirtualMachine>
    readonly reservations: ResourceClient<Reservation>
  }
  readonly machineCache: (handlers: CacheHandlers<VirtualMachine>) => WatchedCache<VirtualMachine>
  readonly reservationCache: WatchedCache<Reservation>
  readonly stockCache: WatchedCache<VirtualStock>
  readonly queue: WorkQueue<string>
  readonly clock: Clock
  readonly settings: MachineSettings
  readonly providers: (enqueue: (key: string) => void) => Readonly<Record<ProviderName, StartableProvider>>
  readonly eventFor: (machine: Machine, number: number, term: number) => OutgoingEvent
  readonly observer: MachineObserver
}

/** The part of leading that is about machines. */
export interface MachineWork {
  readonly machines: Machines
  /** A reservation came, changed or went: if it is a machine's, that one is looked at. */
  reservationSeen(reservation: Reservation): void
  /** A stock came, went (`after` undefined) or changed: machines that wait for its pool are looked at. */
  stockSeen(before: VirtualStock | undefined, after: VirtualStock | undefined): void
  /** Begins when all machines and stocks of these namespaces were seen; those of others are told of later. */
  start(engine: Engine, seen: readonly Promise<boolean>[], namespaces: Namespaces): void
  /** Machines of one more namespace. Before its reservations: else their machines would seem to be gone. */
  follow(namespace: string, from: ObjectList<VirtualMachine>): void
  reconcile(key: string): Promise<Outcome>
  /** Gives back the capacity of machines that are gone. */
  sweep(): Promise<Outcome>
  stop(): Promise<void>
}

/** Until the caches are complete nothing can be said of a machine. */
const NOT_YET_MS = 100

export function machineWork(parts: MachineWorkParts): MachineWork {
  const { clients, clock, settings, queue, reservationCache, stockCache } = parts
  const askedAt = new Map<string, number>()
  const enqueue = (key: string): void => queue.add(key)
  let leading: MachineParts | undefined
  const cache = parts.machineCache({
    onAdded: (machine) => enqueue(keyOfObject(machine)),
    onUpdated: (_, machine) => enqueue(keyOfObject(machine)),
    onDeleted({ metadata: { uid = '' } }) {
      askedAt.delete(uid)
      leading?.events.forget(uid)
    },
  })
  const machines = kubernetesMachines({ client: clients.machines, cache })
  const providers = parts.providers(enqueue)

  function begin(engine: Engine): void {
    leading = {
      machines,
      capacity: machineCapacity({ client: clients.reservations, cache: reservationCache }),
      pools: machinePools(stockCache),
      providers,
      defaultProvider: settings.provider,
      policies: settings.policies,
      maxTries: settings.maxTries,
      events: machineEvents({
        relay: engine.relay,
        eventFor: (machine, number) => parts.eventFor(machine, number, engine.term),
        onPublished: enqueue,
      }),
      askedAt,
      clock,
      observer: parts.observer,
    }
  }

  return {
    machines,
    reservationSeen(reservation) {
      const machine = machineOf(reservation)
      if (machine) enqueue(`${machine.namespace}/${machine.name}`)
    },
    stockSeen(before, after) {
      if (before && after && !isNewToPools(before, after)) return
      const pools = new Set([before, after].map((stock) => stock && poolOf(stock)))
      for (const { namespace, name, spec, status } of machines.all()) {
        const waits = status === undefined || status.phase === 'Pending'
        if (waits && pools.has(`${spec.poolNamespace}/${spec.pool}`)) enqueue(`${namespace}/${name}`)
      }
    },
    start(engine, seen, namespaces) {
      const machinesSeen = namespaces.map((namespace) => cache.follow(namespace))
      void Promise.all([...machinesSeen, ...seen]).then((synced) => synced.every(Boolean) && begin(engine))
    },
    follow: (namespace, from) => void cache.follow(namespace, from),
    reconcile: async (key) => (leading ? reconcileMachine(leading, key) : recheckAfter(NOT_YET_MS)),
    sweep: async () => (leading ? sweepCapacity(leading) : recheckAfter(NOT_YET_MS)),
    async stop() {
      await Promise.all([cache.stop(), ...Object.values(providers).map((provider) => provider.stop?.())])
    },
  }
}

/** A stock's books change all the time; what makes it part of a pool hardly ever. */
function isNewToPools({ metadata: before }: VirtualStock, { metadata: after }: VirtualStock): boolean {
  const labels = ({ labels = {} }: typeof before) => `${labels['kbnt.io/pool']}\n${labels['kbnt.io/resource']}`
  return before.generation !== after.generation || labels(before) !== labels(after)
}
